import { join } from "@std/path";
import { ImageTree, pathExists } from "../../plugin.ts";

/** Usual names of label files, below the data folder. */
export const LABEL_FILES: readonly string[] = [
  "train.csv",
  "train_labels.csv",
  "train-labels.csv",
  "training_labels.csv",
  "trainLabels.csv",
  "labels.csv",
  "train_v2.csv",
  "train/train.csv",
  "train/labels.csv",
];

/** Usual names of files that list the test images, below the data folder. */
export const TEST_LISTS: readonly string[] = ["test.csv", "test/test.csv"];

/** The folder of the labelled images where there is none of the usual. */
export const TRAIN_FOLDER = "train";
/** The folder of the test images where there is none of the usual. */
export const TEST_FOLDER = "test";

/** Usual names of the folder of the labelled images; JPEG before what may be the same images as DICOM. */
export const TRAIN_FOLDERS: readonly string[] = [
  "jpeg/train",
  "train",
  "train_images",
  "train-images",
  "images/train",
  "images/train_images",
  "imgs/train",
  "train-jpg",
  "train-tif-v2",
  "training",
  "Train",
  "images",
];

/** Usual names of the folder of the test images. */
export const TEST_FOLDERS: readonly string[] = [
  "jpeg/test",
  "test",
  "test_images",
  "test-images",
  "images/test",
  "images/test_images",
  "imgs/test",
  "test-jpg",
  "test-jpg-v2",
  "test-tif-v2",
  "testing",
  "Test",
];

/** Usual names of the folder of the validation images. */
export const VAL_FOLDERS: readonly string[] = ["val", "valid", "validation", "Val"];

/** The first of some folders that holds images at any depth, else the first that is there, or null. */
export async function firstWithImages(dir: string, names: readonly string[]): Promise<string | null> {
  let first: string | null = null;
  for (const name of names) {
    if (!(await pathExists(join(dir, name)))) continue;
    if (await new ImageTree(join(dir, name)).hasImages()) return name;
    first ??= name;
  }
  return first;
}

/** The first of some names that is there below a folder, or null. */
export async function firstThere(dir: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) if (await pathExists(join(dir, name))) return name;
  return null;
}
