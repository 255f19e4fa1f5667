import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { encodePng } from "../../core/image/encode.ts";
import { forEachInFlight } from "../../core/base/in_flight.ts";
import { Random } from "../../core/base/random.ts";
import { writeCsv } from "../../core/formats/csv.ts";
import type { BenchOptions } from "./options.ts";

const FOLDER = join("results", "bench", "duplicates");
const PICTURES = 200_000, SIDE = 16, CLASSES = 28;
/** Every so many-th picture has the pixels of the one before it. */
const EVERY = 20;
/** Bytes that the whole task may hold. */
const LIMIT = 500e6;

/** What one run of the task took. */
interface RunResult {
  readonly run: string;
  readonly peakBytes: number;
  readonly seconds: number;
}

function idOf(number: number): string {
  const random = new Random(number, "id");
  const hex = Array.from({ length: 4 }, () => random.word().toString(16).padStart(8, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function drawGrain(number: number): Uint8Array {
  const random = new Random(number % EVERY === 1 ? number - 1 : number, "pixels");
  return Uint8Array.from({ length: 4 * SIDE * SIDE }, () => random.word() & 255);
}

function* labelRows(): Generator<string[]> {
  for (let number = 0; number < PICTURES; number++) {
    const random = new Random(number, "labels");
    const labels = new Set([random.integer(0, CLASSES - 1), random.integer(0, CLASSES - 1)]);
    yield [idOf(number), [...labels].sort((a, b) => a - b).join(" ")];
  }
}

/** A competition of the hpa layout: small four-channel pictures, all different but for one in twenty. */
async function makeData(output: Output): Promise<void> {
  const folder = join(FOLDER, "rgby", "train");
  await Deno.mkdir(folder, { recursive: true });
  await writeCsv(join(FOLDER, "train.csv"), ["Id", "Target"], labelRows());
  const progress = output.progress("drawing pictures", PICTURES);
  const numbers = Array.from({ length: PICTURES }, (_, number) => number);
  let done = 0;
  await forEachInFlight(numbers, 8, async (number) => {
    const pixels = { data: drawGrain(number), width: SIDE, height: SIDE, channels: 4 };
    await Deno.writeFile(join(folder, `${idOf(number)}.png`), await encodePng(pixels));
    progress.update(++done);
  });
  progress.end();
}

async function runOnce(run: string): Promise<RunResult> {
  const root = join(import.meta.dirname!, "..", "..");
  const permissions = ["--allow-read", "--allow-write=results", "--allow-env", "--allow-ffi", "--allow-sys"];
  const script = join(import.meta.dirname!, "duplicates_runner.ts");
  const config = ["--quiet", "--config", join(root, "deno.json")];
  const args = ["run", ...config, ...permissions, script, `--data_dir=${FOLDER}`, "--layout=hpa", "--quiet"];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`find_duplicate_images failed in its ${run} run`);
  return { run, ...JSON.parse(new TextDecoder().decode(stdout)) as Omit<RunResult, "run"> };
}

/** Peak memory and time of find_duplicate_images, whole, on 200,000 pictures: a first run, and one that knows them. */
export async function bench(_options: BenchOptions, output: Output): Promise<RunResult[]> {
  try {
    await makeData(output);
    const results = [await runOnce("first"), await runOnce("second, from the cache")];
    output.line(`find_duplicate_images on ${PICTURES} pictures, the whole task`);
    output.table(
      ["run", "peak MB", "limit", "seconds", ""],
      results.map(({ run, peakBytes, seconds }) => [
        run,
        (peakBytes / 1e6).toFixed(0),
        LIMIT / 1e6,
        seconds.toFixed(1),
        peakBytes <= LIMIT ? "" : "missed",
      ]),
    );
    return results;
  } finally {
    await Deno.remove(FOLDER, { recursive: true });
  }
}
