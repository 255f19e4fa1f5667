import { basename, dirname } from "@std/path";
import type { Example, Source, Split } from "../base/example.ts";
import type { Layout } from "../plugin/contracts.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { readCsv } from "../formats/csv.ts";
import { quoted } from "../base/quoted.ts";
import { byId, checkUnique, parseTarget } from "./labels.ts";
import { splitFileWarning } from "./split_report.ts";

/** A split file and the split to select. */
export interface SplitFile {
  /** Path of a split CSV: Id, Target, Split. */
  readonly path: string;
  /** Value of the column Split to select. */
  readonly rows: string;
}

/** Options of {@link splitExamples}, {@link testExamples} and {@link readSplitIds}. */
export interface SplitReading {
  /** Told when the file differs from what stratified_split wrote, and which images are left out; nobody when left out. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Whether missing images are left out; a data problem when left out. */
  readonly onBroken?: "fail" | "skip" | undefined;
}

const MENTIONED = 5;

interface Row {
  readonly id: string;
  readonly source: Source;
  readonly labels: readonly number[] | null;
}

/** The first few of several lines, and how many more there are. */
function firstLines(lines: readonly string[]): string {
  const more = lines.length > MENTIONED ? `\n  and ${lines.length - MENTIONED} more` : "";
  return lines.slice(0, MENTIONED).map((text) => `\n  ${text}`).join("") + more;
}

/** What to do about missing images: a submission needs the rows of all test images. */
function adviceOn(rows: readonly Row[]): string {
  return rows.every(({ source }) => source === "test")
    ? "Add the images; or set data.on_broken to skip, which gives these Ids the mean probabilities of the others"
    : "Add the images, or remove their rows from the CSV files and run stratified_split again, or set data.on_broken to skip";
}

/**
 * Resolves the files of all rows and sorts them by Id; reports all missing images at once, the first few by name. Throws a
 * data problem unless missing images are left out, and where no image is there.
 */
async function withFiles(
  layout: Layout,
  rows: readonly Row[],
  { warn = () => {}, onBroken = "fail" }: SplitReading,
): Promise<Example[]> {
  const examples: Example[] = [];
  const problems: string[] = [];
  for (const { id, source, labels } of rows) {
    try {
      examples.push({ ...(await layout.filesOf(id, source)), labels });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== "data") throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) {
    const missing = `${problems.length} of ${rows.length} images`;
    if (onBroken === "fail" || examples.length === 0) {
      throw dataProblem(`Cannot use ${missing}:${firstLines(problems)}`, adviceOn(rows));
    }
    warn(`${missing} are left out:${firstLines(problems)}`);
  }
  return examples.sort(byId);
}

async function sourceById(layout: Layout): Promise<Map<string, Source>> {
  return new Map((await layout.readLabels()).map((row) => [row.id, row.source]));
}

function sourceOf(id: string, sources: ReadonlyMap<string, Source>, path: string): Source {
  const source = sources.get(id);
  if (source !== undefined) return source;
  throw dataProblem(
    `Cannot use "${path}": the Id ${quoted(id)} is in none of the label files`,
    "Run stratified_split again, or restore the label file that had it",
  );
}

function emptyProblem(path: string, split: string, known: readonly string[]): Problem {
  const there = known.length === 0
    ? "it has no rows"
    : `its splits are: ${[...new Set(known)].sort().join(", ")}`;
  return dataProblem(
    `Cannot use "${path}": no row has Split "${split}"; ${there}`,
    "Run stratified_split again; very small data may leave a split empty",
  );
}

/** The words that the column Split may hold. */
const SPLIT_WORDS = ["train", "val", "test_val", "test"];

/** Numbers of rows as an editor shows them: the header is row 1. */
function rowNumbers(places: readonly number[]): string {
  const first = places.slice(0, MENTIONED).map((place) => place + 2).join(", ");
  return `row${places.length === 1 ? "" : "s"} ${first}${places.length > MENTIONED ? ", ..." : ""}`;
}

/** Throws a data problem on a word in the column Split that no dataset asks for: its rows would be left out silently. */
function checkSplitWords(path: string, words: readonly string[]): void {
  const wrong = [...words.keys()].filter((place) => !SPLIT_WORDS.includes(words[place]!));
  if (wrong.length === 0) return;
  const word = words[wrong[0]!]!;
  throw dataProblem(
    `Cannot use "${path}": the Split ${quoted(word)} in ${rowNumbers(wrong)} is none of ${
      SPLIT_WORDS.join(", ")
    }`,
    "Correct the column Split, or run stratified_split again",
  );
}

/** Throws a data problem where each picture has one label and a row has none, or several. */
function checkOneLabel({ target }: Layout, path: string, cells: readonly string[]): void {
  if (target !== "class" && target !== "grade") return;
  const wrong = [...cells.keys()].filter((place) => cells[place]!.split(/\s+/).filter(Boolean).length !== 1);
  if (wrong.length === 0) return;
  throw dataProblem(
    `Cannot use "${path}": ${rowNumbers(wrong)} must have one label, ${quoted(cells[wrong[0]!]!)} is not one`,
    "Correct the column Target, or run stratified_split again",
  );
}

/** All rows of a split file; throws a data problem where one of them could not be used by any dataset. */
async function readSplitRows(
  path: string,
  warn: (message: string) => void,
): Promise<Record<"Id" | "Target" | "Split", string>[]> {
  const flags = `--data_dir=${dirname(path)}${path.includes(".small.") ? " --use_external=0" : ""}`;
  const next = `Run "deno task stratified_split ${flags}" to make ${basename(path)}`;
  const rows = await readCsv(path, { columns: ["Id", "Target", "Split"], next });
  checkSplitWords(path, rows.map((row) => row.Split));
  checkUnique(rows.map((row) => row.Id), path);
  const warning = await splitFileWarning(path);
  if (warning !== null) warn(warning);
  return rows;
}

/**
 * The labelled examples of a split CSV, sorted by Id. Labels come from the split CSV (where upstream merges the labels
 * of duplicates); the source (train or external) comes from the label files. All rows are checked, also those of other
 * splits.
 *
 * Throws a data problem on a missing file or column, an unknown class, Id or word in the column Split, a duplicate Id, an
 * empty split, and missing images.
 */
export async function splitExamples(
  layout: Layout,
  file: SplitFile,
  reading: SplitReading = {},
): Promise<Example[]> {
  const { path } = file, { classes: { length: classes }, target } = layout;
  const all = await readSplitRows(path, reading.warn ?? (() => {}));
  const sources = await sourceById(layout);
  const rows = all.map(({ Id: id, Target: cell, Split: split }) => ({
    id,
    split,
    source: sourceOf(id, sources, path),
    labels: parseTarget(cell, { where: `"${path}", Id ${quoted(id)}`, classes, target }),
  }));
  checkOneLabel(layout, path, all.map(({ Target: target }) => target));
  const chosen = rows.filter(({ split }) => split === file.rows);
  if (chosen.length === 0) throw emptyProblem(path, file.rows, all.map((row) => row.Split));
  return await withFiles(layout, chosen, reading);
}

/** Options of {@link testExamples}. */
export interface TestReading extends SplitReading {
  /** Ids of the images to take; all that the submission requires when left out. */
  readonly only?: ReadonlySet<string>;
}

/**
 * The test images that the submission requires, sorted by Id, without labels. Throws a data problem on missing images
 * unless they are left out.
 */
export async function testExamples(layout: Layout, reading: TestReading = {}): Promise<Example[]> {
  const ids = (await layout.testIds()).filter((id) => reading.only?.has(id) ?? true);
  const rows = ids.map((id) => ({ id, source: "test" as const, labels: null }));
  if (rows.length === 0) {
    throw dataProblem(`Cannot use the test images of "${layout.dir}": the list of test Ids is empty`);
  }
  return await withFiles(layout, rows, reading);
}

/** The ids of train and val in a split file. Throws a data problem as {@link splitExamples} does. */
export async function readSplitIds(
  path: string,
  { warn = () => {} }: SplitReading = {},
): Promise<{ train: Set<string>; val: Set<string> }> {
  const rows = await readSplitRows(path, warn);
  const idsOf = (split: Split) => new Set(rows.filter((row) => row.Split === split).map((row) => row.Id));
  return { train: idsOf("train"), val: idsOf("val") };
}
