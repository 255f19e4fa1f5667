import { basename, join } from "@std/path";
import { z } from "zod";
import { dataProblem, ImageTree, suggestName } from "../../plugin.ts";
import { classFolders, findImageFolders, type ImageFolders } from "./_class_folders.ts";
import { classInName, guessClassPattern, isClassPattern } from "./_named_classes.ts";
import { imageParams, usualPath } from "./_params.ts";
import { readSample, type Sample, samplePath } from "./_sample.ts";

/** Parameters of the layout image_folder. */
export const imageFolderParams = z.strictObject({
  train: usualPath(
    "Folder that holds a folder for each class",
    "train or a usual name, else the data folder",
  ),
  val: usualPath(
    "Folder of further labelled images, also a folder for each class",
    "val, valid or validation",
  ),
  test: usualPath("Folder of the test images; its sub folders are no labels", "test or a usual name"),
  class_pattern: z.string().refine(isClassPattern, "must be such as {class}.* or {class}_*").nullable()
    .default(null).describe(
      "Where the class is in the file name ({class}.* for cat.0.jpg); null: the folder, or as the names show",
    ),
  target: z.enum(["class", "grade"]).default("class").describe(
    "Whether the classes are ordered grades: folders of whole numbers, or classes in their order",
  ),
  ...imageParams,
});
/** Values of those parameters. */
export type ImageFolderParams = z.output<typeof imageFolderParams>;

/** A labelled image. */
export interface ClassImage {
  readonly id: string;
  readonly className: string;
  readonly file: string;
}

/** The class folder of an image; null for one directly in the folder. */
function folderOf(path: string): string | null {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : null;
}

/** The images of a folder that have a class: by their folder, or by their name where there is a pattern. */
async function listClassImages(
  tree: ImageTree,
  { prefix, pattern }: { readonly prefix: string; readonly pattern: string | null },
): Promise<ClassImage[]> {
  const images: ClassImage[] = [];
  for (const path of await tree.paths()) {
    const className = pattern === null ? folderOf(path) : classInName(path, pattern);
    if (className !== null) images.push({ id: prefix + path, className, file: join(tree.path, path) });
  }
  return images;
}

/** Images of the train folder; of the data folder itself, those folders are classes that hold images directly. */
async function listTrainImages(dir: string, tree: ImageTree, pattern: string | null): Promise<ClassImage[]> {
  const images = await listClassImages(tree, { prefix: "", pattern });
  if (tree.path !== join(dir) || pattern !== null) return images;
  const classes = new Set(await classFolders(dir));
  return images.filter(({ className }) => classes.has(className));
}

/** What a folder of class folders holds. */
export interface ClassImages {
  readonly dir: string;
  readonly folders: ImageFolders;
  readonly pattern: string | null;
  readonly labelled: readonly ClassImage[];
  readonly sample: Sample | null;
  readonly samplePath: string;
}

/** Reads the folders of a competition. Throws a data problem where no image has a class. */
export async function readClassImages(dir: string, params: ImageFolderParams): Promise<ClassImages> {
  const folders = await findImageFolders(dir, params), { train, val, test } = folders;
  const without = [val, test].filter((name) => name !== null).map((name) => join(dir, name));
  const tree = new ImageTree(join(dir, train), { without });
  const pattern = params.class_pattern ?? await guessClassPattern(tree);
  // Ids of validation images carry the folder, so that a picture may have the same name in both.
  const more = val === null
    ? []
    : await listClassImages(new ImageTree(join(dir, val)), { prefix: `${basename(val)}/`, pattern });
  const labelled = (await listTrainImages(dir, tree, pattern)).concat(more);
  if (labelled.length === 0) {
    throw dataProblem(
      `Cannot find any class: no folder below "${join(dir, train)}" holds images`,
      "Name the folder that holds a folder for each class with data.layout_params.train, or class_pattern",
    );
  }
  const path = await samplePath(dir, params.sample_submission);
  return { dir, folders, pattern, labelled, sample: await readSample(path), samplePath: path };
}

/** Throws a data problem on an image whose class is none of the given. */
export function checkClasses({ labelled, dir, folders }: ClassImages, classes: readonly string[]): void {
  const known = new Set(classes), stray = labelled.find(({ className }) => !known.has(className));
  if (stray === undefined) return;
  throw dataProblem(
    `Cannot use "${join(dir, folders.train)}": the folder "${stray.className}" is no class; ${
      suggestName(stray.className, classes)
    }`,
    "Rename or remove the folder, or list it with data.layout_params.classes",
  );
}
