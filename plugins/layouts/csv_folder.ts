import { join } from "@std/path";
import {
  byId,
  checkUnique,
  dataProblem,
  defineLayout,
  type ImageFiles,
  isImageName,
  type LabelRow,
  type Layout,
  type Source,
  stemOf,
  type SubmissionFormat,
  type TargetKind,
} from "../../plugin.ts";
import { ClassWords } from "./_class_words.ts";
import { readLabelCells } from "./_column_labels.ts";
import { type CsvFiles, readCsvFiles } from "./_csv_files.ts";
import { csvParams } from "./_params.ts";
import type { LabelCells, LabelReader } from "./_label_cells.ts";
import { sampleIds } from "./_sample.ts";
import { firstThere, LABEL_FILES, TRAIN_FOLDERS } from "./_usual_names.ts";

/** The Id and label cells of the label file. */
function labelCells({ table, params }: CsvFiles): LabelCells {
  const { header, path } = table, columns = params.label_columns;
  const id = header.indexOf(params.id_column), places = columns.map((column) => header.indexOf(column));
  const rows = table.rows.map((row) => ({ id: row[id]!, cells: places.map((place) => row[place]!) }));
  return { path, columns, rows };
}

/** Groups by Id; an empty cell is no group. */
function readGroups({ table, params }: CsvFiles): Map<string, string> {
  const groups = new Map<string, string>();
  if (params.group_column === null) return groups;
  const [id, group] = [params.id_column, params.group_column].map((name) => table.header.indexOf(name));
  for (const row of table.rows) if (row[group!]) groups.set(row[id!]!, row[group!]!);
  return groups;
}

/** How predictions are written as a cell: classes by name, values as numbers. */
function cellFormat(
  { target, classes, separator }: LabelReader,
): Pick<SubmissionFormat, "format" | "parse"> {
  if (target === "value") {
    const parse = (cell: string) => cell.split(separator).map(Number);
    return { format: (values) => values.join(separator), parse };
  }
  const words = new ClassWords(classes, separator);
  return { format: (labels) => words.format(labels), parse: (cell) => words.parse(cell) };
}

/** A CSV file with labels and a folder of images. */
class CsvFolderLayout implements Layout {
  readonly name = "csv_folder";
  readonly dir: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly classes: readonly string[];
  readonly channels: readonly string[];
  readonly hashChannel: number | null;
  readonly target: TargetKind;
  readonly submission: SubmissionFormat;
  readonly #files: CsvFiles;
  readonly #labels: LabelReader;
  readonly #groups: ReadonlyMap<string, string>;
  /** Whether Ids in the label file include the file extension. */
  readonly #withEnding: boolean;

  constructor(files: CsvFiles) {
    const { params, sample, table } = files, cells = labelCells(files);
    this.#files = files;
    this.dir = files.dir;
    this.#labels = readLabelCells(cells, { ...params, sample });
    this.target = this.#labels.target;
    this.params = { ...params, target: this.target, separator: this.#labels.separator };
    this.classes = this.#labels.classes;
    this.channels = params.channels;
    this.hashChannel = params.hash_channel;
    this.#groups = readGroups(files);
    this.#withEnding = cells.rows.some((row) => isImageName(row.id));
    this.submission = {
      ...cellFormat(this.#labels),
      sample: files.samplePath,
      idColumn: sample?.idColumn ?? params.id_column,
      predictionColumn: sample?.columns[0] ?? params.label_columns[0] ?? table.header[1]!,
    };
  }

  /** Throws a data problem where rows of one Id have different labels: they are one answer of a submission. */
  #checkAgreement(labels: readonly (readonly number[])[]): void {
    const first = new Map<string, number>(), { rows, path } = labelCells(this.#files);
    for (const [row, { id }] of rows.entries()) {
      const other = first.get(id) ?? row;
      first.set(id, other);
      if (labels[row]!.join() === labels[other]!.join()) continue;
      throw dataProblem(
        `Cannot use "${path}": the Id "${id}" has different labels in row ${other + 2} and row ${row + 2}`,
        "Correct one of them, or name the column of the images' own Ids with data.layout_params.id_column",
      );
    }
  }

  async readLabels(): Promise<LabelRow[]> {
    const { table, shared, train } = this.#files;
    const labels = table.rows.map((_, row) => this.#labels.labelsOf(row));
    const images = await train.images();
    if (shared) {
      this.#checkAgreement(labels);
      checkUnique(images.map(({ id }) => id), table.path);
    }
    const rows = images.map(({ id, row }): LabelRow => ({ id, source: "train", labels: labels[row]! }));
    return rows.sort(byId);
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    if (source === "external") return [];
    const { trees, train, test, oneFolder } = this.#files, tree = trees[source];
    const ids = await (source === "train" ? train : test)?.idsByPath() ?? new Map<string, string>();
    const found: ImageFiles[] = [];
    for (const path of await tree.paths()) {
      const own = ids.get(path);
      if (oneFolder && own === undefined) continue;
      const id = own ?? (this.#withEnding ? path : stemOf(path));
      found.push({ id, source, files: [join(tree.path, path)] });
    }
    return found.sort(byId);
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    const { trees, train, test } = this.#files;
    if (source !== "test") return { ...await train.filesOf(id), source };
    return test ? await test.filesOf(id) : { id, source, files: [await trees.test.need(id)] };
  }

  async testIds(): Promise<string[]> {
    const { sample, samplePath, test } = this.#files;
    if (test === null) return (await this.#unlistedTestIds()) ?? [...sampleIds(sample, samplePath)];
    if (sample) sampleIds(sample, samplePath);
    return (await test.images()).map(({ id }) => id);
  }

  /** All test images where no file lists them; null when there is none. */
  async #unlistedTestIds(): Promise<string[] | null> {
    const images = await this.listImages("test");
    return images.length > 0 ? images.map(({ id }) => id) : null;
  }

  submissionIdOf(id: string, source: Source): string {
    const { train, test } = this.#files;
    return (source === "test" ? test : train)?.rowIdOf(id) ?? id;
  }

  groupOf(id: string): string | null {
    const { train, shared } = this.#files, own = train.rowIdOf(id);
    if (own === undefined) return null;
    return this.#groups.get(own) ?? (shared ? own : null);
  }
}

export default defineLayout({
  name: "csv_folder",
  about:
    "Any label file beside a folder of images: train.csv, train/, test/, sample_submission.csv, or as the params say",
  rank: 3,
  params: csvParams,
  detect: async (dir) =>
    await firstThere(dir, LABEL_FILES) !== null && await firstThere(dir, TRAIN_FOLDERS) !== null,
  create: async (params, { dir }) => new CsvFolderLayout(await readCsvFiles(dir, params)),
});
