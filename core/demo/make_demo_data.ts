import { join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { decodeImage } from "../image/decode.ts";
import { encodeJpeg, encodePng } from "../image/encode.ts";
import { resize } from "../image/resize.ts";
import { channelOf, type Pixels } from "../base/pixels.ts";
import { configProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { cellsTheme } from "./cells_theme.ts";
import { facesTheme } from "./faces_theme.ts";
import { allCopies, type Change, type Copy, type Plan, planDemo, type Sketch } from "./plan_demo.ts";
import type { DemoSize, Theme } from "./theme.ts";

/** Options of {@link makeDemoData}. */
export interface DemoOptions extends DemoSize {
  readonly layout: "hpa" | "ai_stage";
  readonly out: string;
  /** Called after each image. */
  onProgress?(done: number, total: number): void;
}

/** Ids of a planted original and its copy. */
export interface PlantedPair {
  readonly ids: readonly [original: string, copy: string];
  readonly change: Change;
}

/** Content of planted.json, the ground truth of a demo. */
export interface Planted {
  readonly layout: string;
  readonly options: DemoSize;
  readonly exact_duplicates: readonly PlantedPair[];
  readonly near_duplicates: readonly PlantedPair[];
  /** Exact duplicates with conflicting labels. */
  readonly conflicting_labels: readonly PlantedPair[];
  /** Pairs of a labelled and a test image. */
  readonly exact_leaks: readonly PlantedPair[];
  readonly near_leaks: readonly PlantedPair[];
  readonly broken: { readonly flat_black: string; readonly truncated: string; readonly text: string };
  readonly test_labels: Readonly<Record<string, readonly number[]>>;
}

async function eachChannel(pixels: Pixels, change: (plane: Pixels) => Promise<Pixels>): Promise<Pixels> {
  const { channels } = pixels;
  const data = new Uint8Array(pixels.data.length);
  for (let c = 0; c < channels; c++) {
    const changed = await change(channelOf(pixels, c));
    for (let i = 0; i < changed.data.length; i++) data[i * channels + c] = changed.data[i]!;
  }
  return { ...pixels, data };
}

function brighten(pixels: Pixels, factor: number): Pixels {
  return { ...pixels, data: pixels.data.map((value) => Math.min(255, Math.round(value * factor))) };
}

async function applyChange(pixels: Pixels, change: Change): Promise<Pixels> {
  if (change === "brighter") return brighten(pixels, 1.03);
  if (change === "darker") return brighten(pixels, 0.97);
  if (change === "scaled") {
    return resize(pixels, Math.round(pixels.height * 0.75), Math.round(pixels.width * 0.75));
  }
  if (change === "none") return pixels;
  return await eachChannel(
    pixels,
    async (plane) => await decodeImage(await encodeJpeg(plane, { quality: 90 })),
  );
}

function black(pixels: Pixels): Pixels {
  return { ...pixels, data: new Uint8Array(pixels.data.length) };
}

/** Draws and encodes images; copies are made from their originals. */
class Studio {
  readonly #copies: ReadonlyMap<Sketch, Copy>;

  constructor(readonly theme: Theme, readonly plan: Plan, readonly seed: number) {
    this.#copies = new Map(allCopies(plan).map((copy) => [copy.copy, copy]));
  }

  async #pixels(sketch: Sketch): Promise<Pixels> {
    const planted = this.#copies.get(sketch);
    if (planted) return await applyChange(await this.#pixels(planted.original), planted.change);
    const drawn = this.theme.draw(sketch, new Random(this.seed, "demo", "draw", sketch.id));
    return sketch === this.plan.flat ? black(drawn) : drawn;
  }

  async bytes(sketch: Sketch): Promise<Uint8Array> {
    if (sketch === this.plan.text) return new TextEncoder().encode("This is a text, not a picture.\n");
    const pixels = await this.#pixels(sketch);
    const bytes = sketch.path.endsWith(".png")
      ? await encodePng(pixels)
      : await encodeJpeg(pixels, { quality: 92 });
    return sketch === this.plan.truncated ? bytes.subarray(0, bytes.length >> 1) : bytes;
  }
}

function pairs(copies: readonly Copy[]): PlantedPair[] {
  return copies.map(({ original, copy, change }) => ({ ids: [original.id, copy.id], change }));
}

function describePlan(
  plan: Plan,
  { layout }: Theme,
  { train, external, test, size, seed }: DemoSize,
): Planted {
  const tests = plan.sketches.filter((sketch) => sketch.source === "test");
  return {
    layout,
    options: { train, external, test, size, seed },
    exact_duplicates: pairs(plan.exactDuplicates),
    near_duplicates: pairs(plan.nearDuplicates),
    conflicting_labels: pairs(plan.conflicts),
    exact_leaks: pairs(plan.exactLeaks),
    near_leaks: pairs(plan.nearLeaks),
    broken: { flat_black: plan.flat.id, truncated: plan.truncated.id, text: plan.text.id },
    test_labels: Object.fromEntries(tests.map(({ id, labels }) => [id, labels])),
  };
}

/** Files of a demo; in a folder without planted.json they are never deleted. */
const OWN = ["planted.json", "rgby", "train.csv", "external.csv", "sample_submission.csv", "train", "eval"];
/** Files that tasks derive from the images; stale after a new demo. */
const DERIVED =
  /^(duplicates|data_leak|leak_inside|pseudo_labels|split\.stratified|label_issues|\.hash_cache)\b/;

/** Deletes an earlier demo and the files derived from it; throws when the folder holds other data. */
async function clearFolder(out: string): Promise<void> {
  if (!(await pathExists(out))) return;
  const demo = await pathExists(join(out, "planted.json"));
  for await (const { name } of Deno.readDir(out)) {
    if (!OWN.includes(name) && !DERIVED.test(name)) continue;
    if (!demo) {
      throw configProblem(
        `Cannot make demo data in "${out}": "${name}" is there and is no demo data`,
        "Name another folder with --out",
      );
    }
    if (name !== "planted.json") await Deno.remove(join(out, name), { recursive: true });
  }
}

/**
 * Generates a synthetic competition in the layout's folder structure: images, label files, sample submission, and
 * planted.json with the ground truth of the planted duplicates, leaks and broken files. The same options give the same
 * bytes.
 *
 * @throws a config problem when there are too few images or the folder holds other files
 */
export async function makeDemoData(options: DemoOptions): Promise<Planted> {
  await checkWritable(options.out, "the folder");
  const theme = options.layout === "hpa" ? cellsTheme(options) : facesTheme(options);
  const random = new Random(options.seed, "demo", "plan");
  const plan = planDemo(theme.sketch(options), { random, drawLabels: theme.drawLabels });
  await clearFolder(options.out);
  const planted = describePlan(plan, theme, options);
  // Written first: it marks the folder as a demo, so that the next run can clear it after an interruption.
  await writeFileAtomic(join(options.out, "planted.json"), JSON.stringify(planted, null, 1) + "\n");
  const studio = new Studio(theme, plan, options.seed);
  for (const [index, sketch] of plan.sketches.entries()) {
    await writeFileAtomic(join(options.out, sketch.path), await studio.bytes(sketch));
    options.onProgress?.(index + 1, plan.sketches.length);
  }
  for (const { path, text } of theme.tables(plan.sketches)) {
    await writeFileAtomic(join(options.out, path), text);
  }
  return planted;
}
