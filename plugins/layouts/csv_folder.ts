import { join, relative } from "@std/path";
import { z } from "zod";
import {
  byId,
  checkUnique,
  type CsvTable,
  dataProblem,
  defineLayout,
  type ImageFiles,
  ImageFolder,
  isImageName,
  type LabelRow,
  type Layout,
  pathExists,
  readCsvTable,
  type Source,
  stemOf,
  type SubmissionFormat,
  suggestName,
} from "../../plugin.ts";

const paramsSchema = z.strictObject({
  labels: z.string().default("train.csv").describe("Label file, below the data folder"),
  images: z.string().default("train").describe("Folder of the labelled images, below the data folder"),
  test_images: z.string().default("test").describe("Folder of the test images, below the data folder"),
  sample_submission: z.string().default("sample_submission.csv").describe("File that lists the test Ids"),
  id_column: z.string().nullable().default(null).describe("Column of the Ids; null: the first column"),
  label_column: z.string().nullable().default(null).describe("Column of the labels; null: the second column"),
  group_column: z.string().nullable().default(null).describe("Column of what must stay in one fold, or null"),
  separator: z.string().min(1).default(" ").describe("What stands between several labels of one image"),
  multi_label: z.boolean().nullable().default(null).describe(
    "Several labels an image; null: look at the label file",
  ),
  classes: z.array(z.string()).default([]).describe(
    "Class names in order; empty: those of the label file, sorted",
  ),
  channels: z.array(z.string()).min(1).default(["red", "green", "blue"]).describe(
    "Names of the channels in order",
  ),
  hash_channel: z.int().min(0).nullable().default(null).describe(
    "Channel that duplicates are searched on; null: gray",
  ),
});
type Params = z.output<typeof paramsSchema>;

interface RawRow {
  readonly id: string;
  readonly words: readonly string[];
  readonly group: string | null;
}

const MENTIONED = 12;

function columnIndex(table: CsvTable, name: string | null, fallback: number): number {
  const index = name === null ? fallback : table.header.indexOf(name);
  if (index < table.header.length) return index;
  throw dataProblem(
    `Cannot read "${table.path}": it has ${table.header.length} column, Id and label are needed`,
    "Name the columns with data.layout_params.id_column and label_column",
  );
}

async function readRows(dir: string, params: Params): Promise<RawRow[]> {
  const path = join(dir, params.labels);
  const named = [params.id_column, params.label_column, params.group_column].filter((name) => name !== null);
  const table = await readCsvTable(path, {
    columns: named,
    next: "Name file and columns with data.layout_params: labels, id_column, label_column",
  });
  const [id, label] = [columnIndex(table, params.id_column, 0), columnIndex(table, params.label_column, 1)];
  const group = params.group_column === null ? null : table.header.indexOf(params.group_column);
  checkUnique(table.rows.map((row) => row[id]!), path);
  return table.rows.map((row) => ({
    id: row[id]!,
    words: row[label]!.split(params.separator).map((word) => word.trim()).filter((word) => word !== ""),
    group: group === null ? null : row[group]!,
  }));
}

/** Integer labels are class indices, so all integers up to the largest are classes; other labels are sorted by name. */
function findClasses(rows: readonly RawRow[]): string[] {
  const words = [...new Set(rows.flatMap((row) => row.words))];
  if (words.length === 0) throw dataProblem("Cannot find any class: every label is empty");
  if (!words.every((word) => /^\d{1,5}$/.test(word))) return words.sort();
  return Array.from({ length: Math.max(...words.map(Number)) + 1 }, (_, index) => String(index));
}

/** A CSV file with labels and a folder of images. */
class CsvFolderLayout implements Layout {
  readonly name = "csv_folder";
  readonly classes: readonly string[];
  readonly channels: readonly string[];
  readonly hashChannel: number | null;
  readonly target: "class_set" | "class";
  readonly submission: SubmissionFormat;
  readonly #train: ImageFolder;
  readonly #test: ImageFolder;
  readonly #groups: ReadonlyMap<string, string | null>;
  /** Whether Ids in the label file include the file extension. */
  readonly #withEnding: boolean;

  constructor(
    readonly dir: string,
    readonly params: Params,
    readonly rows: readonly RawRow[],
    columns: string[],
  ) {
    this.classes = params.classes.length > 0 ? params.classes : findClasses(rows);
    this.channels = params.channels;
    this.hashChannel = params.hash_channel;
    const several = params.multi_label ?? rows.some((row) => row.words.length !== 1);
    this.target = several ? "class_set" : "class";
    this.#train = new ImageFolder(join(dir, params.images));
    this.#test = new ImageFolder(join(dir, params.test_images));
    this.#withEnding = rows.some((row) => isImageName(row.id));
    this.#groups = new Map(rows.map((row) => [row.id, row.group]));
    this.submission = {
      sample: join(dir, params.sample_submission),
      idColumn: columns[0]!,
      predictionColumn: columns[1]!,
      format: (labels) => labels.map((label) => this.classes[label]!).join(params.separator),
      parse: (cell) =>
        this.#indices(cell.split(params.separator).filter((word) => word !== ""), "submission"),
    };
  }

  #indices(words: readonly string[], where: string): number[] {
    const labels = words.map((word) => {
      const index = this.classes.indexOf(word);
      if (index >= 0) return index;
      const few = this.classes.length <= MENTIONED
        ? suggestName(word, this.classes)
        : `${this.classes.length} are known`;
      throw dataProblem(
        `Cannot read the label "${word}" (${where}): it is not a class; ${few}`,
        "Correct the cell, or list the classes with data.layout_params.classes",
      );
    });
    return [...new Set(labels)].sort((a, b) => a - b);
  }

  readLabels(): Promise<LabelRow[]> {
    return Promise.resolve().then(() => this.#labelRows());
  }

  #labelRows(): LabelRow[] {
    const file = join(this.dir, this.params.labels);
    const rows = this.rows.map(({ id, words }): LabelRow => {
      const labels = this.#indices(words, `"${file}", Id "${id}"`);
      if (this.target === "class" && labels.length !== 1) {
        throw dataProblem(`Cannot use "${file}": Id "${id}" has ${labels.length} labels, one is needed`);
      }
      return { id, source: "train", labels };
    });
    return rows.sort(byId);
  }

  async #walk(folder: string, root: string, source: Source): Promise<ImageFiles[]> {
    const found: ImageFiles[] = [];
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory && !entry.name.startsWith(".")) {
        found.push(...await this.#walk(path, root, source));
      } else if (isImageName(entry.name)) {
        const name = relative(root, path);
        found.push({ id: this.#withEnding ? name : stemOf(name), source, files: [path] });
      }
    }
    return found;
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    const folder = source === "test" ? this.#test.path : this.#train.path;
    if (source === "external" || !(await pathExists(folder))) return [];
    return (await this.#walk(folder, folder, source)).sort(byId);
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    return { id, source, files: [await (source === "test" ? this.#test : this.#train).need(id)] };
  }

  async testIds(): Promise<string[]> {
    const path = join(this.dir, this.params.sample_submission);
    const next = "Name the file that lists the test Ids with data.layout_params.sample_submission";
    const ids = (await readCsvTable(path, { columns: [], next })).rows.map((row) => row[0]!);
    checkUnique(ids, path);
    return ids;
  }

  groupOf(id: string): string | null {
    return this.#groups.get(id) ?? null;
  }
}

/** The submission's two columns: those of the sample submission if there is one, else those of the label file. */
async function submissionColumns(dir: string, params: Params): Promise<string[]> {
  const sample = join(dir, params.sample_submission);
  const path = await pathExists(sample) ? sample : join(dir, params.labels);
  const { header } = await readCsvTable(path, { columns: [], next: "Write the header Id,Predicted" });
  return [header[0]!, header[1] ?? "Predicted"];
}

export default defineLayout({
  name: "csv_folder",
  about:
    "Any label file beside a folder of images: train.csv, train/, test/, sample_submission.csv, or as the params say",
  rank: 3,
  params: paramsSchema,
  detect: async (dir) => await pathExists(join(dir, "train.csv")) && await pathExists(join(dir, "train")),
  create: async (params, { dir }) =>
    new CsvFolderLayout(dir, params, await readRows(dir, params), await submissionColumns(dir, params)),
});
