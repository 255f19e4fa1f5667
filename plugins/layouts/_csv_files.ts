import { join } from "@std/path";
import type { z } from "zod";
import { checkUnique, type CsvTable, dataProblem, ImageTree, readCsvTable } from "../../plugin.ts";
import { chooseLabelColumns } from "./_column_labels.ts";
import type { csvParams } from "./_params.ts";
import { guessPattern } from "./_guess_pattern.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { findColumn, imageRows, testRows } from "./_csv_rows.ts";
import { type ImageRow, RowImages } from "./_row_images.ts";
import { readSample, type Sample, samplePath } from "./_sample.ts";
import {
  firstThere,
  firstWithImages,
  LABEL_FILES,
  TEST_FOLDER,
  TEST_FOLDERS,
  TRAIN_FOLDER,
  TRAIN_FOLDERS,
} from "./_usual_names.ts";

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

/**
 * The column of a label file with the name of the sample submission's Ids. Where the sample submission names what the
 * label file has no column of, the first column whose cells are all different; else the first.
 */
function chooseIdColumn({ header, rows }: CsvTable, sample: Sample | null): string {
  const same = findColumn(header, sample?.idColumn);
  if (same !== undefined || sample === null) return same ?? header[0]!;
  const distinct = header.find((_, place) => new Set(rows.map((row) => row[place])).size === rows.length);
  return distinct ?? header[0]!;
}

/**
 * How the images of rows are named where the parameters do not say. The Id of a label file whose rows the sample submission
 * does not name is the name of the images, which the list of test images has too.
 */
async function choosePattern(
  tree: ImageTree,
  { table, idColumn, sample }: { table: CsvTable; idColumn: string; sample: Sample | null },
): Promise<string> {
  const free = table.header.filter((column) => column !== idColumn);
  const text = await guessPattern(tree, imageRows(table, idColumn), free);
  const named = sample === null || findColumn(table.header, sample.idColumn) !== undefined;
  return text === "{id}" && !named ? `{${idColumn}}` : text;
}

function repeats(rows: readonly ImageRow[]): boolean {
  return new Set(rows.map((row) => row.id)).size < rows.length;
}

/** Names of files and folders, the usual ones where none is given. */
async function findPaths(dir: string, params: Params) {
  const images = params.images ?? await firstWithImages(dir, TRAIN_FOLDERS) ?? TRAIN_FOLDER;
  const test = params.test_images ?? await firstWithImages(dir, TEST_FOLDERS);
  return {
    labels: params.labels ?? await firstThere(dir, LABEL_FILES) ?? LABEL_FILES[0]!,
    images,
    test_images: test ?? (images === "images" ? images : TEST_FOLDER),
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

/** Rows of images and how they are named. */
interface NamedRows {
  readonly rows: readonly ImageRow[];
  readonly pattern: ImagePattern;
}

/** The images of the label file and of the list of test images; they share Ids where one of the two repeats them. */
function openImages(
  trees: CsvFiles["trees"],
  params: { readonly images: string; readonly test_images: string },
  { train, test }: { readonly train: NamedRows; readonly test: NamedRows | null },
): Pick<CsvFiles, "train" | "test" | "shared"> {
  const { pattern, rows } = train, repeated = pattern.columns.length > 0 && repeats(rows);
  const shared = pattern.open || repeated || test?.pattern === pattern && repeats(test.rows);
  const open = (source: "train" | "test", list: NamedRows, folder: string) =>
    new RowImages(trees[source], list.rows, {
      source,
      folder,
      pattern: list.pattern,
      shared: shared && list.pattern === pattern,
    });
  return {
    shared,
    train: open("train", train, params.images),
    test: test && open("test", test, params.test_images),
  };
}

/** Reads the files of a csv_folder competition, and looks for what the parameters do not name. */
export async function readCsvFiles(dir: string, params: Params): Promise<CsvFiles> {
  const paths = await findPaths(dir, params), { trees, oneFolder } = makeTrees(dir, paths);
  const sampleFile = await samplePath(dir, params.sample_submission), sample = await readSample(sampleFile);
  const table = await readLabelTable(join(dir, paths.labels), params), { header } = table;
  const id_column = params.id_column ?? chooseIdColumn(table, sample), rows = imageRows(table, id_column);
  const image_pattern = params.image_pattern ??
    await choosePattern(trees.train, { table, idColumn: id_column, sample });
  const pattern = new ImagePattern(image_pattern);
  pattern.checkColumns(header);
  if (pattern.columns.length === 0) checkUnique(rows.map((row) => row.id), table.path);
  const others = [id_column, params.group_column ?? id_column, ...pattern.columns];
  const label_columns = chooseLabelColumns({ header, rows: table.rows, others }, params, sample);
  const test = await testRows(dir, { testList: params.test_list, sample, idColumn: id_column, pattern });
  return {
    dir,
    table,
    sample,
    samplePath: sampleFile,
    trees,
    oneFolder,
    params: { ...params, ...paths, id_column, label_columns, image_pattern },
    ...openImages(trees, paths, { train: { rows, pattern }, test }),
  };
}
