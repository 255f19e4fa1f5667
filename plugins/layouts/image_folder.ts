import { basename, join } from "@std/path";
import { z } from "zod";
import {
  byId,
  checkUnique,
  dataProblem,
  defineLayout,
  type ImageFiles,
  ImageTree,
  type LabelRow,
  type Layout,
  type Source,
  type SubmissionFormat,
  suggestName,
} from "../../plugin.ts";
import { classFolders, findImageFolders, findTrainFolder, type ImageFolders } from "./_class_folders.ts";
import { ClassWords } from "./_class_words.ts";
import { imageParams, usualPath } from "./_params.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { idRows, RowImages } from "./_row_images.ts";
import { readSample, type Sample, sampleIds, samplePath } from "./_sample.ts";
import { firstThere, LABEL_FILES } from "./_usual_names.ts";
import { chooseClasses } from "./_word_labels.ts";

const paramsSchema = z.strictObject({
  train: usualPath(
    "Folder that holds a folder for each class",
    "train or a usual name, else the data folder",
  ),
  val: usualPath(
    "Folder of further labelled images, also a folder for each class",
    "val, valid or validation",
  ),
  test: usualPath("Folder of the test images; its sub folders are no labels", "test or a usual name"),
  target: z.enum(["class", "grade"]).default("class").describe(
    "Whether the classes are ordered grades: folders of whole numbers, or classes in their order",
  ),
  ...imageParams,
});
type Params = z.output<typeof paramsSchema>;

/** A labelled image. */
interface ClassImage {
  readonly id: string;
  readonly className: string;
  readonly file: string;
}

/** Images of class folders; those directly in the folder belong to no class. */
async function listClassImages(tree: ImageTree, prefix: string): Promise<ClassImage[]> {
  const paths = (await tree.paths()).filter((path) => path.includes("/"));
  return paths.map((path) => ({
    id: prefix + path,
    className: path.slice(0, path.indexOf("/")),
    file: join(tree.path, path),
  }));
}

/** Images of the train folder; of the data folder itself, those folders are classes that hold images directly. */
async function listTrainImages(
  dir: string,
  train: string,
  without: readonly string[],
): Promise<ClassImage[]> {
  const images = await listClassImages(new ImageTree(join(dir, train), { without }), "");
  if (join(dir, train) !== join(dir)) return images;
  const classes = new Set(await classFolders(dir));
  return images.filter(({ className }) => classes.has(className));
}

/** What a folder of class folders holds. */
interface Content {
  readonly dir: string;
  readonly folders: ImageFolders;
  readonly labelled: readonly ClassImage[];
  readonly sample: Sample | null;
  readonly samplePath: string;
}

async function readContent(dir: string, params: Params): Promise<Content> {
  const folders = await findImageFolders(dir, params), { train, val, test } = folders;
  const without = [val, test].filter((name) => name !== null).map((name) => join(dir, name));
  const labelled = await listTrainImages(dir, train, without);
  if (val !== null) {
    // Their Ids carry the folder, so that a picture may have the same name in both.
    labelled.push(...await listClassImages(new ImageTree(join(dir, val)), `${basename(val)}/`));
  }
  if (labelled.length === 0) {
    throw dataProblem(
      `Cannot find any class: no folder below "${join(dir, train)}" holds images`,
      "Name the folder that holds a folder for each class with data.layout_params.train",
    );
  }
  const path = await samplePath(dir, params.sample_submission);
  return { dir, folders, labelled, sample: await readSample(path), samplePath: path };
}

function checkClasses({ labelled, dir, folders }: Content, classes: readonly string[]): void {
  const known = new Set(classes), stray = labelled.find(({ className }) => !known.has(className));
  if (stray === undefined) return;
  throw dataProblem(
    `Cannot use "${join(dir, folders.train)}": the folder "${stray.className}" is no class; ${
      suggestName(stray.className, classes)
    }`,
    "Rename or remove the folder, or list it with data.layout_params.classes",
  );
}

/** A folder of images for each class. */
class ImageFolderLayout implements Layout {
  readonly name = "image_folder";
  readonly dir: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly classes: readonly string[];
  readonly channels: readonly string[];
  readonly hashChannel: number | null;
  readonly target: "class" | "grade";
  readonly submission: SubmissionFormat;
  readonly #content: Content;
  readonly #words: ClassWords;
  readonly #fileById: ReadonlyMap<string, string>;
  readonly #testTree: ImageTree;
  /** The test images that the sample submission names. */
  readonly #test: RowImages | null;

  constructor(content: Content, params: Params) {
    const { dir, folders, labelled, sample } = content, test = folders.test ?? "test";
    this.#content = content;
    this.dir = dir;
    this.params = { ...params, ...folders };
    this.channels = params.channels;
    this.hashChannel = params.hash_channel;
    this.target = params.target;
    const found = new Set(labelled.map(({ className }) => className));
    this.classes = chooseClasses([...found], { ...params, sample, path: join(dir, folders.train) });
    checkClasses(content, this.classes);
    checkUnique(labelled.map(({ id }) => id), join(dir, folders.train));
    this.#fileById = new Map(labelled.map(({ id, file }) => [id, file]));
    this.#testTree = new ImageTree(join(dir, test));
    const options = {
      source: "test",
      pattern: new ImagePattern("{id}"),
      shared: false,
      folder: test,
    } as const;
    this.#test = sample && new RowImages(this.#testTree, idRows(sample.ids), options);
    const words = this.#words = new ClassWords(this.classes, " ");
    this.submission = {
      sample: content.samplePath,
      idColumn: sample?.idColumn ?? "id",
      predictionColumn: sample?.columns[0] ?? "label",
      format: (labels) => words.format(labels),
      parse: (cell) => words.parse(cell),
    };
  }

  readLabels(): Promise<LabelRow[]> {
    const rows = this.#content.labelled.map(({ id, className, file }): LabelRow => (
      { id, source: "train", labels: this.#words.indices([className], file) }
    ));
    return Promise.resolve(rows.sort(byId));
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    if (source === "external") return [];
    if (source === "train") {
      return [...this.#fileById].map(([id, file]) => ({ id, source, files: [file] })).sort(byId);
    }
    const ids = await this.#test?.idsByPath(), paths = await this.#testTree.paths();
    return paths.map((path) => (
      { id: ids?.get(path) ?? path, source, files: [join(this.#testTree.path, path)] }
    )).sort(byId);
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    if (source === "test" && this.#test) return await this.#test.filesOf(id);
    if (source === "test") return { id, source, files: [await this.#testTree.need(id)] };
    const file = this.#fileById.get(id);
    if (file !== undefined) return { id, source, files: [file] };
    throw dataProblem(
      `Cannot find the image "${id}" below "${join(this.dir, this.#content.folders.train)}"`,
      "Add the image, or run stratified_split again",
    );
  }

  async testIds(): Promise<string[]> {
    const { sample, samplePath } = this.#content;
    if (sample) return [...sampleIds(sample, samplePath)];
    const paths = await this.#testTree.paths();
    if (paths.length > 0) return [...paths];
    throw dataProblem(
      `Cannot find test images: there is neither "${samplePath}" nor an image below "${this.#testTree.path}"`,
      "Name the folder of the test images with data.layout_params.test",
    );
  }

  groupOf(): string | null {
    return null;
  }
}

export default defineLayout({
  name: "image_folder",
  about:
    "A folder of images for each class: train/<class>/ or <class>/, optional val/<class>/, test/, a sample submission",
  rank: 5,
  params: paramsSchema,
  detect: async (dir) =>
    await firstThere(dir, LABEL_FILES) === null && await findTrainFolder(dir, 2) !== null,
  create: async (params, { dir }) => new ImageFolderLayout(await readContent(dir, params), params),
});
