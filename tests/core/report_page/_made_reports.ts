import { join } from "@std/path";
import { makeDemoData } from "../../../core/demo/make_demo_data.ts";
import { Random } from "../../../core/base/random.ts";
import { writeCsv } from "../../../core/formats/csv.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { writePredictions } from "../../../core/predictions/predictions.ts";

/** A config that names data and a run; nothing is trained. */
function configText(run: string, { loss, metric }: { loss: string; metric: string }): string {
  return `data: { dir: data }\nmodel: { name: resnet18 }\ntrain: { dir: ./results/${run}, metric: ${metric} }\n` +
    `loss: { name: ${loss} }\ntransform: { name: default_transform, params: { size: 32 } }\n`;
}

/** What a made model predicts: labels and predictions, `[rows, classes]`. */
export interface MadePredictions {
  readonly ids: readonly string[];
  readonly classes: number;
  readonly labels: Uint8Array | Float32Array;
  readonly probabilities: Float64Array;
}

/** Writes a config and its predictions of a split below a folder. */
export async function writeRun(
  folder: string,
  { run, split, loss, metric, ...made }: MadePredictions & {
    readonly run: string;
    readonly split: string;
    readonly loss: string;
    readonly metric: string;
  },
): Promise<void> {
  await Deno.writeTextFile(join(folder, `${run}.yml`), configText(run, { loss, metric }));
  const path = join(folder, "inferences", `${run}.${split}.csv`);
  await writePredictions(path, { path, ...made });
}

function history(epochs: number): string {
  const lines = Array.from({ length: epochs }, (_, epoch) => {
    const scores = { loss: 1 / (epoch + 1), macro_f1: 0.3 + 0.1 * Math.sin(epoch) };
    const images = { train: 40, val: 20 };
    return JSON.stringify({
      epoch,
      step: epoch,
      learning_rate: 0.001,
      train: scores,
      val: scores,
      images,
      seconds: 2,
    });
  });
  return lines.join("\n") + "\n";
}

/** Two models of a competition with several labels an image: their rows overlap in the split test_val. */
export async function makeSeveral(folder: string): Promise<{ ids: string[] }> {
  const size = { train: 60, external: 12, test: 8, size: 24, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(folder, "data") });
  const text = await Deno.readTextFile(join(folder, "data", "train.csv"));
  const rows = text.trim().split("\n").slice(1).map((line) => line.split(",") as [string, string]);
  const ids = rows.map(([id]) => id), labels = new Uint8Array(ids.length * 28);
  for (const [row, [, target]] of rows.entries()) {
    for (const label of target.split(" ")) labels[row * 28 + Number(label)] = 1;
  }
  for (const [seed, run] of ["first", "second"].entries()) {
    const random = new Random(seed, "made report");
    const probabilities = Float64Array.from(
      labels,
      (label) => Math.fround(0.35 * label + 0.6 * random.next()),
    );
    const choice = { split: "test_val", loss: "binary_focal_loss", metric: "macro_f1" };
    await writeRun(folder, { run, ids, classes: 28, labels, probabilities, ...choice });
    await Deno.mkdir(join(folder, "results", run), { recursive: true });
    await Deno.writeTextFile(join(folder, "results", run, "history.jsonl"), history(6));
  }
  return { ids };
}

/** A competition of a CSV file with a column of labels or of values, and small gray images. */
export async function makeFolder(
  folder: string,
  column: string,
  cells: readonly string[],
): Promise<string[]> {
  const ids = cells.map((_, row) => `image_${String(row).padStart(3, "0")}`);
  await Deno.mkdir(join(folder, "data", "train"), { recursive: true });
  await Deno.mkdir(join(folder, "data", "test"), { recursive: true });
  const data = new Uint8Array(16 * 16 * 3).map((_, at) => at % 251);
  const png = await encodePng({ data, height: 16, width: 16, channels: 3 });
  for (const id of ids) await Deno.writeFile(join(folder, "data", "train", `${id}.png`), png);
  await Deno.writeFile(join(folder, "data", "test", "test_0.png"), png);
  await writeCsv(join(folder, "data", "train.csv"), ["id", column], ids.map((id, row) => [id, cells[row]!]));
  await writeCsv(join(folder, "data", "sample_submission.csv"), ["id", column], [["test_0", cells[0]!]]);
  return ids;
}
