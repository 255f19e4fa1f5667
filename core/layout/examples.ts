import { basename } from "@std/path";
import type { Example, Source } from "../base/example.ts";
import type { Layout } from "../plugin/contracts.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { readCsv } from "../formats/csv.ts";
import { byId, checkUnique, parseIndices } from "./labels.ts";

/** Which rows of which split file to take. */
export interface SplitFile {
  /** Path of a split CSV: Id, Target, Split. */
  readonly path: string;
  /** The word in its column Split. */
  readonly rows: string;
}

const MENTIONED = 5;

interface Row {
  readonly id: string;
  readonly source: Source;
  readonly labels: readonly number[] | null;
}

/** All rows with their files, sorted; every missing picture is told at once, the first few by name. */
async function withFiles(layout: Layout, rows: readonly Row[]): Promise<Example[]> {
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
    const first = problems.slice(0, MENTIONED).map((text) => `\n  ${text}`).join("");
    const more = problems.length > MENTIONED ? `\n  and ${problems.length - MENTIONED} more` : "";
    throw dataProblem(
      `Cannot use ${problems.length} of ${rows.length} images:${first}${more}`,
      "Add the images, or remove their rows from the CSV files and run stratified_split again",
    );
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
    `Cannot use "${path}": the Id "${id}" is in none of the label files`,
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

/**
 * The labelled examples of a split CSV, sorted by Id. Labels are those of the split CSV (upstream unites them inside a
 * group of duplicates); whether an Id is from train or external is what the label files say.
 *
 * Throws a data problem on a missing file or column, an unknown class or Id, an Id that is there twice, an empty split,
 * and missing pictures.
 */
export async function splitExamples(layout: Layout, file: SplitFile): Promise<Example[]> {
  const next = `Run "deno task stratified_split" to make ${basename(file.path)}`;
  const all = await readCsv(file.path, { columns: ["Id", "Target", "Split"], next });
  const chosen = all.filter((row) => row.Split === file.rows);
  if (chosen.length === 0) throw emptyProblem(file.path, file.rows, all.map((row) => row.Split));
  checkUnique(chosen.map((row) => row.Id), file.path);
  const sources = await sourceById(layout);
  const rows = chosen.map(({ Id: id, Target: target }) => ({
    id,
    source: sourceOf(id, sources, file.path),
    labels: parseIndices(target, { where: `"${file.path}", Id "${id}"`, classes: layout.classes.length }),
  }));
  return await withFiles(layout, rows);
}

/** The test pictures that the submission asks for, sorted by Id, labels null. Throws a data problem on a missing one. */
export async function testExamples(layout: Layout): Promise<Example[]> {
  const rows = (await layout.testIds()).map((id) => ({ id, source: "test" as const, labels: null }));
  if (rows.length === 0) {
    throw dataProblem(`Cannot use the test images of "${layout.dir}": the list of test Ids is empty`);
  }
  return await withFiles(layout, rows);
}
