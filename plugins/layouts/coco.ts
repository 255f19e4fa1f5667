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
import { type CocoClasses, cocoClasses } from "./_coco_classes.ts";
import type { CocoFile, CocoImage } from "./_coco_file.ts";
import { chooseId, type CocoFiles, cocoParams, readCocoFiles } from "./_coco_files.ts";
import { findCocoFiles } from "./_find_coco.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { idRows, RowImages } from "./_row_images.ts";
import { sampleIds } from "./_sample.ts";

/** Whether images have several categories, as soon as one has two. */
function targetOf({ labels }: CocoFile): "class" | "class_set" {
  return labels.values().some((categories) => categories.size > 1) ? "class_set" : "class";
}

/** The images of a file of labels, by the names in it. */
function namedImages(
  tree: ImageTree,
  images: readonly CocoImage[],
  options: { readonly source: Source; readonly folder: string; readonly idOf: (image: CocoImage) => string },
): RowImages {
  const rows = images.map((image) => ({ id: options.idOf(image), cell: () => image.fileName }));
  return new RowImages(tree, rows, { ...options, pattern: new ImagePattern("{file_name}"), shared: false });
}

/** The test images: of the file that lists them, else of the sample submission; null where there is neither. */
function testImages(
  tree: ImageTree,
  { test, sample, params }: CocoFiles,
  idOf: (image: CocoImage) => string,
): RowImages | null {
  const options = { source: "test", folder: params.test_images } as const;
  if (test) return namedImages(tree, test.images, { ...options, idOf });
  const pattern = new ImagePattern("{id}");
  return sample && new RowImages(tree, idRows(sample.ids), { ...options, pattern, shared: false });
}

/** Images with labels in COCO-style JSON. */
class CocoLayout implements Layout {
  readonly name = "coco";
  readonly dir: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly classes: readonly string[];
  readonly channels: readonly string[];
  readonly hashChannel: number | null;
  readonly target: "class" | "class_set";
  readonly submission: SubmissionFormat;
  readonly #files: CocoFiles;
  readonly #idOf: (image: CocoImage) => string;
  readonly #categories: CocoClasses;
  readonly #groups: ReadonlyMap<string, string | null>;
  readonly #trees: Readonly<Record<"train" | "test", ImageTree>>;
  readonly #train: RowImages;
  readonly #test: RowImages | null;

  constructor(files: CocoFiles) {
    const { dir, params, train, sample, samplePath } = files, idOf = chooseId(files);
    this.#files = files;
    this.#idOf = idOf;
    this.dir = dir;
    this.channels = params.channels;
    this.hashChannel = params.hash_channel;
    this.target = params.target === "auto" ? targetOf(train) : params.target;
    this.params = { ...params, target: this.target };
    const { classes, words } = this.#categories = cocoClasses(train, { classes: params.classes, sample });
    this.classes = classes;
    this.submission = {
      sample: samplePath,
      idColumn: sample?.idColumn ?? "id",
      predictionColumn: sample?.columns[0] ?? "category_id",
      format: (labels) => words.format(labels),
      parse: (cell) => words.parse(cell),
    };
    this.#groups = new Map(train.images.map((image) => [idOf(image), image.group]));
    const tree = (folder: string) => new ImageTree(join(dir, folder));
    this.#trees = { train: tree(params.images), test: tree(params.test_images) };
    this.#train = namedImages(this.#trees.train, train.images, {
      source: "train",
      folder: params.images,
      idOf,
    });
    this.#test = testImages(this.#trees.test, files, idOf);
  }

  /** Classes of an image. Throws a data problem on an unknown category, and unless a single-label image has one. */
  #labelsOf({ id, fileName }: CocoImage): number[] {
    const { labels, path } = this.#files.train, { indices } = this.#categories;
    const found = [...labels.get(id) ?? []].map((category) => {
      const index = indices.get(category);
      if (index !== undefined) return index;
      throw dataProblem(
        `Cannot read the category ${category} of the image "${id}" in "${path}": it is none of the categories`,
        "Add it to the categories, or correct data.layout_params.classes",
      );
    });
    if (this.target === "class_set" || found.length === 1) return found.sort((a, b) => a - b);
    throw dataProblem(
      `Cannot use "${path}": the image "${id}" (${fileName}) has ${found.length} categories, each image needs one`,
      "Correct or remove its entry; where images may have several or none, set data.layout_params.target to class_set",
    );
  }

  readLabels(): Promise<LabelRow[]> {
    return Promise.resolve().then(() => {
      const { images, path } = this.#files.train;
      const rows = images.map((image): LabelRow => (
        { id: this.#idOf(image), source: "train", labels: this.#labelsOf(image) }
      ));
      checkUnique(rows.map(({ id }) => id), path);
      return rows.sort(byId);
    });
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    const images = source === "train" ? this.#train : source === "test" ? this.#test : null;
    if (images === null || source === "external") return [];
    const found = [...await images.idsByPath()];
    return found.map(([path, id]) => ({ id, source, files: [join(this.#trees[source].path, path)] })).sort(
      byId,
    );
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    if (source !== "test") return { ...await this.#train.filesOf(id), source };
    if (this.#test) return await this.#test.filesOf(id);
    return { id, source, files: [await this.#trees.test.need(id)] };
  }

  testIds(): Promise<string[]> {
    return Promise.resolve().then(() => {
      const { sample, samplePath, test } = this.#files;
      if (sample || !test) return [...sampleIds(sample, samplePath)];
      const ids = test.images.map(this.#idOf);
      checkUnique(ids, test.path);
      return ids;
    });
  }

  groupOf(id: string): string | null {
    return this.#groups.get(id) ?? null;
  }
}

export default defineLayout({
  name: "coco",
  about: "COCO-style JSON labels (iNaturalist, Herbarium, iWildCam): train.json, test.json, their images",
  rank: 4,
  params: cocoParams,
  detect: async (dir) => (await findCocoFiles(dir)).train !== null,
  create: async (params, { dir }) => new CocoLayout(await readCocoFiles(dir, params)),
});
