import { join } from "@std/path";
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
} from "../../plugin.ts";
import { findTrainFolder } from "./_class_folders.ts";
import {
  checkClasses,
  type ClassImages,
  type ImageFolderParams,
  imageFolderParams,
  readClassImages,
} from "./_class_images.ts";
import { ClassWords } from "./_class_words.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { guessClassPattern } from "./_named_classes.ts";
import { idRows, RowImages } from "./_row_images.ts";
import { sampleIds } from "./_sample.ts";
import { firstThere, firstWithImages, LABEL_FILES, TRAIN_FOLDERS } from "./_usual_names.ts";
import { chooseClasses } from "./_word_labels.ts";

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
  readonly #content: ClassImages;
  readonly #words: ClassWords;
  readonly #fileById: ReadonlyMap<string, string>;
  readonly #testTree: ImageTree;
  /** The test images that the sample submission names. */
  readonly #test: RowImages | null;

  constructor(content: ClassImages, params: ImageFolderParams) {
    const { dir, folders, labelled, sample } = content, test = folders.test ?? "test";
    this.#content = content;
    this.dir = dir;
    this.params = { ...params, ...folders, class_pattern: content.pattern };
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

/** Whether the train folder is flat and its file names begin with classes. */
async function hasNamedClasses(dir: string): Promise<boolean> {
  const train = await firstWithImages(dir, TRAIN_FOLDERS);
  return train !== null && await guessClassPattern(new ImageTree(join(dir, train))) !== null;
}

export default defineLayout({
  name: "image_folder",
  about:
    "A folder of images for each class: train/<class>/ or <class>/ (or train/<class>.0.jpg), val/<class>/, test/",
  rank: 5,
  params: imageFolderParams,
  detect: async (dir) => {
    if (await firstThere(dir, LABEL_FILES) !== null) return false;
    return await findTrainFolder(dir, 2) !== null || await hasNamedClasses(dir);
  },
  create: async (params, { dir }) => new ImageFolderLayout(await readClassImages(dir, params), params),
});
