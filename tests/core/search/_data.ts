import { join } from "@std/path";
import { encodePng } from "../../../core/image/encode.ts";
import { Random } from "../../../core/base/random.ts";

const SIDE = 24;

/** A picture in which each class brightens a patch of its own channel. */
function picture(index: number, labels: readonly number[]): Uint8Array {
  const random = new Random(5, "picture", index);
  const data = new Uint8Array(SIDE * SIDE * 3).map(() => random.integer(0, 90));
  for (const label of labels) {
    const row = random.integer(0, SIDE - 12), column = random.integer(0, SIDE - 12);
    for (let y = row; y < row + 12; y++) {
      for (let x = column; x < column + 12; x++) data[(y * SIDE + x) * 3 + label]! += 120;
    }
  }
  return data;
}

function csv(header: string, rows: readonly string[]): string {
  return [header, ...rows].join("\n") + "\n";
}

/** Writes a small competition below `folder`/data with the two small folds that a search works on. */
export async function writeData(folder: string, count = 24): Promise<void> {
  const dir = join(folder, "data");
  await Deno.mkdir(join(dir, "train"), { recursive: true });
  const rows: string[] = [];
  for (let index = 0; index < 2 * count; index++) {
    const random = new Random(6, "labels", index);
    const labels = [0, 1, 2].filter((label) => label === index % 3 || random.next() < 0.2);
    const id = `image${String(index).padStart(3, "0")}`;
    const pixels = { data: picture(index, labels), height: SIDE, width: SIDE, channels: 3 };
    await Deno.writeFile(join(dir, "train", `${id}.png`), await encodePng(pixels));
    rows.push(`${id},${labels.join(" ")}`);
  }
  await Deno.writeTextFile(join(dir, "train.csv"), csv("Id,Target", rows));
  for (const fold of [0, 1]) {
    const folded = rows.map((row, index) => `${row},${index % 2 === fold ? "val" : "train"}`);
    const path = join(dir, `split.stratified.small.${fold}.csv`);
    await Deno.writeTextFile(path, csv("Id,Target,Split", folded));
  }
}

/** Overrides that make a search small; paths are below `folder`. */
export function smallSearch(folder: string, changes: readonly string[] = []): string[] {
  const set = [
    `data.dir=${folder}/data`,
    "data.layout=csv_folder",
    `train.dir=${folder}/search`,
    "train.num_epochs=2",
    "train.batch_size=8",
    "model.params.width=2",
    "transform.params.size=24",
    "transform.num_preprocessor=0",
    "backend=wasm",
    "search.trials=2",
    "search.seeds=0",
    ...changes,
  ];
  return set.map((override) => `--set=${override}`);
}
