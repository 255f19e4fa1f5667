import { pathExists } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import { type CsvTable, readCsvTable } from "../formats/csv.ts";
import { stemOf } from "../layout/image_folder.ts";
import { checkUnique } from "../layout/labels.ts";
import type { Layout } from "../plugin/contracts.ts";

/** What a submission must have: header, Ids, their order and number. */
export interface Sample {
  /** The sample submission; null where there is none, and the layout alone says what is wanted. */
  readonly path: string | null;
  readonly idColumn: string;
  /** The sample's header; null where there is none. */
  readonly header: readonly string[] | null;
  /** The columns beside the Ids; none where the sample names none. */
  readonly columns: readonly string[];
  readonly ids: readonly string[];
  /** Cells of `columns`, a row for each Id. */
  readonly cells: readonly (readonly string[])[];
}

/** The submission Id of a test image. */
export function submissionId(layout: Layout, id: string): string {
  return layout.submissionIdOf?.(id, "test") ?? id;
}

/** The submission Ids of the test images in the layout's order. */
async function idsWithoutSample(layout: Layout): Promise<string[]> {
  return [...new Set((await layout.testIds()).map((id) => submissionId(layout, id)))];
}

/**
 * Index of the Id column: the one that the layout names, else the first; of both the first whose cells differ, since a
 * column of labels may be called Id too.
 */
function idPlace({ header, rows }: CsvTable, idColumn: string): number {
  const places = [header.indexOf(idColumn), 0].filter((at) => at >= 0);
  const differ = (at: number) => new Set(rows.map((row) => row[at]!)).size === rows.length;
  return places.find(differ) ?? places[0]!;
}

/**
 * Reads the layout's sample submission: its Id column is the one that the layout names, else the first. Without a sample
 * the Ids are those of the test images.
 *
 * Throws a data problem on a sample without rows or with an Id twice.
 */
export async function readSample(layout: Layout): Promise<Sample> {
  const { sample: path, idColumn } = layout.submission;
  if (path === null || !(await pathExists(path))) {
    return {
      path: null,
      idColumn,
      header: null,
      columns: [],
      ids: await idsWithoutSample(layout),
      cells: [],
    };
  }
  const next = "Put the competition's sample submission there as it was downloaded";
  const table = await readCsvTable(path, { columns: [], next }), { header, rows } = table;
  if (rows.length === 0) throw dataProblem(`Cannot use "${path}": it has no rows`, next);
  const at = idPlace(table, idColumn);
  const beside = (cells: readonly string[]) => cells.filter((_, place) => place !== at);
  const ids = rows.map((row) => row[at]!);
  checkUnique(ids, path);
  return { path, idColumn: header[at]!, header, columns: beside(header), ids, cells: rows.map(beside) };
}

/** File name without folders. */
function nameOf(id: string): string {
  return id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf("\\")) + 1);
}

/** Ways to compare an Id of the sample with that of an image, the strictest first. */
const FORMS: readonly ((id: string) => string)[] = [
  (id) => id,
  stemOf,
  nameOf,
  (id) => stemOf(nameOf(id)),
];

/** The row of each Id by a form of it; null where two rows have the same form. */
function rowsByForm(ids: readonly string[], form: (id: string) => string): Map<string, number> | null {
  const rows = new Map(ids.map((id, row) => [form(id), row]));
  return rows.size === ids.length ? rows : null;
}

/**
 * For each Id of the sample the row of its prediction: the same Id or, where that fits all of them, the same without file
 * extension or folders. Throws a data problem that names the Ids without a prediction, or predicted Ids that the sample
 * lacks.
 */
export function rowsOfSample(sample: Sample, predicted: readonly string[]): number[] {
  for (const form of FORMS) {
    const rows = rowsByForm(predicted, form), wanted = rowsByForm(sample.ids, form);
    if (rows?.size !== wanted?.size || rows === null) continue;
    const found = sample.ids.map((id) => rows.get(form(id)) ?? -1);
    if (!found.includes(-1)) return found;
  }
  const known = new Set(predicted), wanted = new Set(sample.ids);
  const missing = sample.ids.filter((id) => !known.has(id)).map(quoted);
  const extra = predicted.filter((id) => !wanted.has(id)).map(quoted);
  const lacks = `${missing.length} of the ${sample.ids.length} Ids that the sample submission has: ${
    firstFew(missing)
  }`;
  const has = `${extra.length} that it lacks: ${firstFew(extra)}`;
  const parts = [missing.length > 0 ? `no prediction for ${lacks}` : "", extra.length > 0 ? has : ""];
  throw dataProblem(
    `Cannot make the submission: ${parts.filter((part) => part !== "").join("; ")}`,
    `Compare the Ids of "${sample.path}" with the names of the test images`,
  );
}
