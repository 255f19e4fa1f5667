import { basename, dirname, join } from "@std/path";
import { isFolder, isImageName } from "../../plugin.ts";
import {
  firstThere,
  firstWithImages,
  TEST_FOLDERS,
  TRAIN_FOLDER,
  TRAIN_FOLDERS,
  VAL_FOLDERS,
} from "./_usual_names.ts";

const NO_CLASSES = new Set([...TRAIN_FOLDERS, ...TEST_FOLDERS, ...VAL_FOLDERS].map((name) => basename(name)));

/** Whether a name says what a folder is for (train, Test, images), so that it is no class. */
export function isNoClass(name: string): boolean {
  return NO_CLASSES.has(name) || NO_CLASSES.has(name.toLowerCase());
}

/** The data folder itself, where the classes lie directly in it. */
const SELF = ".";

/** Where the images of an image_folder competition are, below the data folder. */
export interface ImageFolders {
  readonly train: string;
  /** Null where there are none. */
  readonly val: string | null;
  readonly test: string | null;
}

async function holdsImages(folder: string): Promise<boolean> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory && isImageName(name)) return true;
  }
  return false;
}

/** Names of the folders directly below a folder that hold images and do not say what they are for; sorted. */
export async function classFolders(folder: string): Promise<string[]> {
  if (!(await isFolder(folder))) return [];
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile || name.startsWith(".") || isNoClass(name)) continue;
    const path = join(folder, name);
    if (await isFolder(path) && await holdsImages(path)) {
      names.push(name);
    }
  }
  return names.sort();
}

/** The folder that holds a folder for each class: one of the usual names, else the data folder itself; or null. */
export async function findTrainFolder(dir: string, atLeast: number): Promise<string | null> {
  for (const name of [...TRAIN_FOLDERS, SELF]) {
    if ((await classFolders(join(dir, name))).length >= atLeast) return name;
  }
  return null;
}

/** A folder of one of the usual names beside another one, or else in the data folder; or null. */
async function findBeside(dir: string, train: string, usual: readonly string[]): Promise<string | null> {
  const beside = train === SELF ? [] : usual.map((name) => join(dirname(train), name));
  const found = await firstThere(dir, [...beside, ...usual]);
  return found === train ? null : found;
}

/** The folders of an image_folder competition; those that are not named are looked for. */
export async function findImageFolders(
  dir: string,
  named: { readonly train: string | null; readonly val: string | null; readonly test: string | null },
): Promise<ImageFolders> {
  const train = named.train ?? await findTrainFolder(dir, 1) ?? await firstWithImages(dir, TRAIN_FOLDERS) ??
    TRAIN_FOLDER;
  return {
    train,
    val: named.val ?? await findBeside(dir, train, VAL_FOLDERS),
    test: named.test ?? await findBeside(dir, train, TEST_FOLDERS),
  };
}
