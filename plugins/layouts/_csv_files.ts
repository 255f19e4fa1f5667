import { join } from "@std/path";
import type { z } from "zod";
import {
  checkUnique,
  type CsvTable,
  dataProblem,
  ImageTree,
  readCsvTable,
  type Source,
} from "../../plugin.ts";
import { chooseLabelColumns } from "./_column_labels.ts";
import type { csvParams } from "./_csv_params.ts";
import { guessPattern } from "./_guess_pattern.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { idRows, type ImageRow, RowImages } from "./_row_images.ts";
import { readSample, type Sample, sampleIds, samplePath } from "./_sample.ts";
import { firstThere, LABEL_FILES, TEST_FOLDERS, TEST_LISTS, TRAIN_FOLDERS } from "./_usual_names.ts";

type Params = z.output<typeof csvParams>;

/** Parameters that are looked for where they are not given. */
interface Found {
  readonly labels: string;
  readonly images: string;
  readonly test_images: string;
  readonly id_column: string;
  readonly label_columns: readonly string[];
  readonly image_pattern: string;
}

/** The files of a csv_folder competition, read. */
export interface CsvFiles {
  readonly dir: string;
  readonly params: Omit<Params, keyof Found> & Found;
  readonly table: CsvTable;
  /** Path of the sample submission, which may not be there. */
  readonly samplePath: string;
  readonly sample: Sample | null;
  readonly trees: Readonly<Record<"train" | "test", ImageTree>>;
  /** Whether labelled and test images lie in one folder. */
  readonly oneFolder: boolean;
  readonly train: RowImages;
  /** The test images to predict; null when no file lists them. */
  readonly test: RowImages | null;
  /** Whether several images share an Id. */
  readonly shared: boolean;
}

const NEXT = "Name file and columns with data.layout_params: labels, id_column, label_column";

/** The column of the header with the name of the sample submission's Ids, in whatever case; else the first. */
function chooseIdColumn(header: readonly string[], names: readonly (string | null | undefined)[]): string {
  for (const name of names) {
    const same = header.find((column) => column === name) ??
      header.find((column) => column.toLowerCase() === name?.toLowerCase());
    if (same !== undefined) return same;
  }
  return header[0]!;
}

/** The rows of a table as rows of images. */
function imageRows({ header, rows }: CsvTable, idColumn: string): ImageRow[] {
  const places = new Map(header.map((column, place) => [column, place]));
  const id = places.get(idColumn)!;
  places.set("id", id);
  return rows.map((row) => ({ id: row[id]!, cell: (column) => row[places.get(column)!]! }));
}

function repeats(rows: readonly ImageRow[]): boolean {
  return new Set(rows.map((row) => row.id)).size < rows.length;
}

/** The rows of the test list, of the Ids of the sample submission in its order where there is one. */
async function listedTestRows(
  path: string,
  { sample, idColumn, pattern }: { sample: Sample | null; idColumn: string; pattern: ImagePattern },
): Promise<ImageRow[] | null> {
  const table = await readCsvTable(path, {
    columns: [],
    next: "Name the list of test images with data.layout_params.test_list",
  });
  if (!pattern.columns.every((column) => table.header.includes(column))) return null;
  const rows = imageRows(table, chooseIdColumn(table.header, [sample?.idColumn, idColumn]));
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
async function testRows(
  dir: string,
  options: { params: Params; sample: Sample | null; idColumn: string; pattern: ImagePattern },
): Promise<{ rows: ImageRow[]; pattern: ImagePattern } | null> {
  const { params, sample, pattern } = options;
  const needed = pattern.columns.length > 0 || sample === null;
  const list = params.test_list ?? (needed ? await firstThere(dir, TEST_LISTS) : null);
  const rows = list === null ? null : await listedTestRows(join(dir, list), options);
  if (rows !== null) return { rows, pattern };
  if (sample === null) return null;
  const plain = pattern.columns.length > 0 ? new ImagePattern("{id}") : pattern;
  return { rows: idRows(sample.ids), pattern: plain };
}

/** Names of files and folders, the usual ones where none is given. */
async function findPaths(dir: string, params: Params) {
  const images = params.images ?? await firstThere(dir, TRAIN_FOLDERS) ?? TRAIN_FOLDERS[0]!;
  const test = params.test_images ?? await firstThere(dir, TEST_FOLDERS);
  return {
    labels: params.labels ?? await firstThere(dir, LABEL_FILES) ?? LABEL_FILES[0]!,
    images,
    test_images: test ?? (images === "images" ? images : TEST_FOLDERS[0]!),
  };
}

function makeTrees(dir: string, { images, test_images }: { images: string; test_images: string }) {
  const [train, test] = [join(dir, images), join(dir, test_images)];
  return {
    oneFolder: train === test,
    trees: {
      train: new ImageTree(train, { without: [test] }),
      test: new ImageTree(test, { without: [train] }),
    },
  };
}

async function readLabelTable(path: string, params: Params): Promise<CsvTable> {
  const { id_column, label_column, group_column, label_columns } = params;
  const named = [id_column, label_column, group_column, ...label_columns ?? []];
  const table = await readCsvTable(path, { columns: named.filter((name) => name !== null), next: NEXT });
  if (table.header.length > 1) return table;
  throw dataProblem(
    `Cannot read "${path}": it has 1 column, Id and label are needed`,
    "Name the columns with data.layout_params.id_column and label_column",
  );
}

/** Reads the files of a csv_folder competition, and looks for what the parameters do not name. */
export async function readCsvFiles(dir: string, params: Params): Promise<CsvFiles> {
  const paths = await findPaths(dir, params), { trees, oneFolder } = makeTrees(dir, paths);
  const sampleFile = await samplePath(dir, params.sample_submission), sample = await readSample(sampleFile);
  const table = await readLabelTable(join(dir, paths.labels), params), { header } = table;
  const idColumn = params.id_column ?? chooseIdColumn(header, [sample?.idColumn]);
  const rows = imageRows(table, idColumn), free = header.filter((column) => column !== idColumn);
  const pattern = new ImagePattern(params.image_pattern ?? await guessPattern(trees.train, rows, free));
  pattern.checkColumns(header);
  if (pattern.columns.length === 0) checkUnique(rows.map((row) => row.id), table.path);
  const others = [idColumn, params.group_column ?? idColumn, ...pattern.columns];
  const labelColumns = chooseLabelColumns({ header, rows: table.rows, others }, params, sample);
  const test = await testRows(dir, { params, sample, idColumn, pattern });
  const repeated = pattern.columns.length > 0 && repeats(rows);
  const shared = pattern.open || repeated || test?.pattern === pattern && repeats(test.rows);
  const images = (source: Source, list: { rows: ImageRow[]; pattern: ImagePattern }, folder: string) =>
    new RowImages(source === "test" ? trees.test : trees.train, list.rows, {
      source,
      folder,
      pattern: list.pattern,
      shared: shared && list.pattern === pattern,
    });
  return {
    dir,
    table,
    sample,
    samplePath: sampleFile,
    trees,
    oneFolder,
    shared,
    params: {
      ...params,
      ...paths,
      id_column: idColumn,
      label_columns: labelColumns,
      image_pattern: pattern.text,
    },
    train: images("train", { rows, pattern }, paths.images),
    test: test && images("test", test, paths.test_images),
  };
}
