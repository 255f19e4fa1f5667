import { basename } from "@std/path";
import { pathExists } from "../base/files.ts";
import { type Output, SILENT } from "../base/output.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import { isNumeric } from "../layout/labels.ts";
import type { Layout, TargetKind } from "../plugin/contracts.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { describeFiles } from "./describe_files.ts";
import { findCsvFolder } from "./find_paths.ts";
import { guessMetric, type MetricGuess } from "./guess_metric.ts";
import { guessShape, type ShapeGuess } from "./guess_shape.ts";
import { guessTarget } from "./guess_target.ts";
import { type FileList, listFilesByKind } from "./list_files.ts";
import { type ImageMeasures, measureImages } from "./measure_images.ts";
import { type OpenedFolder, openFolder } from "./open_folder.ts";

/** What a competition's folder shows. */
export interface Inspection {
  readonly dir: string;
  /** Name of the layout plugin that opens the folder. */
  readonly layoutName: string;
  /** Its parameters, with what had to be looked for. */
  readonly layoutParams: Readonly<Record<string, unknown>>;
  readonly layout: Layout;
  readonly target: TargetKind;
  /** Labels of each image: class indices, or one number per class. */
  readonly labels: readonly (readonly number[])[];
  /** Number of labelled and of test images. */
  readonly images: { readonly train: number; readonly test: number };
  /** Null when the channels of an image are files of their own. */
  readonly measures: ImageMeasures | null;
  /** Images of each class; empty for values and probabilities. */
  readonly balance: readonly { readonly name: string; readonly count: number }[];
  readonly submission: ShapeGuess;
  readonly metric: MetricGuess;
  /** What is odd about the data. */
  readonly notes: readonly string[];
}

/** Layouts to try, the likeliest first; the CSV files are read through only when those before did not fit. */
async function* candidates(registry: Registry, files: FileList): AsyncGenerator<LayoutChoice> {
  const known = registry.list("layouts").sort((a, b) => a.rank - b.rank);
  for (const { name, detect } of known) if (await detect(files.dir)) yield { name, params: {} };
  const found = await findCsvFolder(files);
  if (found !== null) yield { name: "csv_folder", params: found };
}

interface LayoutChoice {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

async function openFirst(registry: Registry, files: FileList): Promise<OpenedFolder> {
  const reasons: string[] = [];
  for await (const choice of candidates(registry, files)) {
    try {
      return await openFolder(registry, files.dir, choice);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      reasons.push(error.message);
    }
  }
  throw unknownFolder(files, reasons);
}

function unknownFolder(files: FileList, reasons: readonly string[]): Problem {
  const lines = [...describeFiles(files), ...new Set(reasons)].map((line) => `\n  ${line}`).join("");
  return dataProblem(
    `Cannot tell what competition "${files.dir}" is:${lines}`,
    "It needs labelled images: a CSV file with a column that names them, folders of images by class, or a COCO JSON; " +
      "unpack archives, or describe the folder in its layout.yml (deno task plugins layouts)",
  );
}

/** Names of channels where the images show another number of them than the layout says. */
function channelNames(count: number): string[] {
  return count === 1 ? ["gray"] : ["red", "green", "blue", "alpha"].slice(0, count);
}

/** Parameters that the images and the sample submission suggest and that the layout's own look does not see. */
async function refinedParams(opened: OpenedFolder, measures: ImageMeasures | null) {
  const { layout } = opened, refined: Record<string, unknown> = {};
  const target = await guessTarget(opened);
  if (target !== null) refined.target = target;
  if (measures !== null && measures.channels !== layout.channels.length && layout.params?.channels) {
    refined.channels = channelNames(measures.channels);
  }
  return refined;
}

function countClasses({ layout, labels }: OpenedFolder): Inspection["balance"] {
  if (isNumeric(layout.target)) return [];
  const counts = new Map<number, number>();
  for (const { labels: own } of labels) {
    for (const label of own) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return layout.classes.map((name, label) => ({ name, count: counts.get(label) ?? 0 }));
}

function notesOn(opened: OpenedFolder, measures: ImageMeasures | null, balance: Inspection["balance"]) {
  const notes: string[] = [], { missing } = opened;
  if (missing.length > 0) {
    notes.push(`${missing.length} of the images looked for are missing: ${firstFew(missing)}`);
  }
  const broken = measures?.broken ?? [];
  if (broken.length > 0) {
    notes.push(`${broken.length} images cannot be decoded: ${firstFew(broken.map(quoted))}`);
  }
  const empty = balance.filter(({ count }) => count === 0).map(({ name }) => name);
  if (empty.length > 0) notes.push(`${empty.length} classes have no image: ${firstFew(empty)}`);
  return notes;
}

/** Reopens a folder when there is something to say of it that its layout does not see by itself. */
async function refine(registry: Registry, opened: OpenedFolder, measures: ImageMeasures | null) {
  const refined = await refinedParams(opened, measures);
  if (Object.keys(refined).length === 0) return opened;
  const { layout: { name, dir }, params } = opened;
  return await openFolder(registry, dir, { name, params: { ...params, ...refined } });
}

/**
 * Looks at a competition's folder: layout, targets, images, what the submission must look like, and a guess at the
 * metric. Nothing is written.
 *
 * @throws a data problem that lists what was seen, and why each layout does not fit, when the folder is not understood
 */
export async function inspectFolder(
  dir: string,
  { output = SILENT }: { readonly output?: Output } = {},
): Promise<Inspection> {
  if (!(await pathExists(dir))) {
    throw dataProblem(
      `Cannot look at "${dir}": there is no such folder`,
      "Unpack the competition's files there",
    );
  }
  const registry = await loadPlugins([], ["layouts", "decoders"]);
  const files = await listFilesByKind(dir);
  output.line(`${basename(dir)}: ${describeFiles(files).join("; ")}`);
  const first = await openFirst(registry, files);
  const measures = await measureImages(first.images, openDecoders(registry, {}));
  const opened = await refine(registry, first, measures), { layout, params, labels } = opened;
  const submission = await guessShape(layout), balance = countClasses(opened);
  return {
    dir,
    layoutName: layout.name,
    layoutParams: params,
    layout,
    target: layout.target,
    labels: labels.map((row) => row.labels),
    images: { train: labels.length, test: opened.testIds.length },
    measures,
    balance,
    submission,
    metric: guessMetric({ target: layout.target, ...submission }),
    notes: notesOn(opened, measures, balance),
  };
}
