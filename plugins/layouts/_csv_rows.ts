import { join } from "@std/path";
import { type CsvTable, dataProblem, readCsvTable } from "../../plugin.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { idRows, type ImageRow } from "./_row_images.ts";
import { type Sample, sampleIds } from "./_sample.ts";
import { firstThere, TEST_LISTS } from "./_usual_names.ts";

/** The column of a name, in whatever case. */
export function findColumn(header: readonly string[], name: string | undefined): string | undefined {
  return header.find((column) => column === name) ??
    header.find((column) => column.toLowerCase() === name?.toLowerCase());
}

/** The rows of a table as rows of images. */
export function imageRows({ header, rows }: CsvTable, idColumn: string): ImageRow[] {
  const places = new Map(header.map((column, place) => [column, place]));
  const id = places.get(idColumn)!;
  places.set("id", id);
  return rows.map((row) => ({ id: row[id]!, cell: (column) => row[places.get(column)!]! }));
}

/** What the test images are named by. */
export interface TestNaming {
  /** Name of the file that lists them, below the data folder; null: a usual one where it is needed. */
  readonly testList: string | null;
  readonly sample: Sample | null;
  /** Column of the Ids in the label file. */
  readonly idColumn: string;
  readonly pattern: ImagePattern;
}

/** The rows of the test list, of the Ids of the sample submission in its order where there is one. */
async function listedTestRows(
  path: string,
  { sample, idColumn, pattern }: TestNaming,
): Promise<ImageRow[] | null> {
  const table = await readCsvTable(path, {
    columns: [],
    next: "Name the list of test images with data.layout_params.test_list",
  });
  if (!pattern.columns.every((column) => table.header.includes(column))) return null;
  const { header } = table;
  const rows = imageRows(
    table,
    findColumn(header, sample?.idColumn) ?? findColumn(header, idColumn) ?? header[0]!,
  );
  if (sample === null) return rows;
  const byId = Map.groupBy(rows, (row) => row.id);
  return sampleIds(sample, path).flatMap((id) => {
    const own = byId.get(id);
    if (own) return own;
    throw dataProblem(
      `Cannot use "${path}": it lacks the Id "${id}" of "${sample.path}"`,
      "Add its row, or name another list with data.layout_params.test_list",
    );
  });
}

/** The rows that name the test images, and their pattern; null when no file lists them. */
export async function testRows(
  dir: string,
  naming: TestNaming,
): Promise<{ rows: ImageRow[]; pattern: ImagePattern } | null> {
  const { testList, sample, pattern } = naming;
  const needed = pattern.columns.length > 0 || sample === null;
  const list = testList ?? (needed ? await firstThere(dir, TEST_LISTS) : null);
  const rows = list === null ? null : await listedTestRows(join(dir, list), naming);
  if (rows !== null) return { rows, pattern };
  if (sample === null) return null;
  const plain = pattern.columns.length > 0 ? new ImagePattern("{id}") : pattern;
  return { rows: idRows(sample.ids), pattern: plain };
}
