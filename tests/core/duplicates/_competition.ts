import { dirname, join } from "@std/path";
import type { ProgressBar } from "../../../core/base/output.ts";
import { SilentOutput } from "../../../core/base/output.ts";
import { csvText } from "../../../core/formats/csv.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { drawPicture } from "../scan/_pictures.ts";

/** Pictures of a competition by path below its folder, without the ending: which drawing each shows. */
export type Drawings = Readonly<Record<string, number>>;

/**
 * A folder in the csv_folder layout: train.csv, train/<id>.png and test/<id>.png.
 *
 * @param labels the cell Target by id
 */
export async function newCompetition(
  drawings: Drawings,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(join(dir, "train.csv"), csvText(["Id", "Target"], Object.entries(labels)));
  for (const [name, number] of Object.entries(drawings)) {
    const file = join(dir, `${name}.png`);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, await encodePng(drawPicture(number)));
  }
  return dir;
}

/** Runs `work` and returns its result with what was written to the terminal meanwhile. */
export async function listen<T>(work: () => Promise<T>): Promise<{ result: T; said: string[] }> {
  const said: string[] = [], streams = [Deno.stdout, Deno.stderr];
  const kept = streams.map(({ writeSync }) => writeSync);
  for (const stream of streams) {
    stream.writeSync = (bytes: Uint8Array) => {
      said.push(new TextDecoder().decode(bytes));
      return bytes.length;
    };
  }
  try {
    return { result: await work(), said };
  } finally {
    for (const [place, stream] of streams.entries()) stream.writeSync = kept[place]!;
  }
}

/** Keeps the warnings and the labels of the counts it was told. */
export class RecordedOutput extends SilentOutput {
  readonly warnings: string[] = [];
  readonly counts: string[] = [];

  override warn(text: string): void {
    this.warnings.push(text);
  }

  override progress(label: string, total: number): ProgressBar {
    this.counts.push(`${label}: ${total}`);
    return { update: () => {}, end: () => {} };
  }
}
