import { join } from "@std/path";
import { joinInside, listFiles, pathExists, readHead } from "../../plugin.ts";
import type { CocoFile } from "./_coco_file.ts";

/** Folders in which files of labels are looked for, below the data folder. */
const FOLDERS = ["", "annotations", "metadata", "labels", "train", "test"];
/** First keys of COCO-style files. */
const FIRST_KEY =
  /^\uFEFF?\s*\{\s*"(?:info|images|annotations|categories|licenses?|genera|institutions)"\s*:/;
/** A list of images alone, as of test images. */
const IMAGE_LIST = /^\uFEFF?\s*\[\s*\{[^}]*"file_name"\s*:/;
/** Bytes in which a file shows its kind. */
const HEAD = 4096;
/** Entries whose file must be in a folder for it to be the folder of the images. */
const TRIED = 5;

/** Files of labels that were found, below the data folder. */
export interface FoundCoco {
  readonly train: string | null;
  readonly test: string | null;
}

async function isCocoFile(path: string): Promise<boolean> {
  const head = new TextDecoder().decode(await readHead(path, "table", HEAD));
  return FIRST_KEY.test(head) || IMAGE_LIST.test(head);
}

/** Folders that may hold files of labels: the usual ones, and train and test one folder deeper. */
async function labelFolders(dir: string): Promise<string[]> {
  const folders = [...FOLDERS];
  if (!(await pathExists(dir))) return [];
  for await (const { name, isFile } of Deno.readDir(dir)) {
    if (!isFile && !name.startsWith(".") && !FOLDERS.includes(name)) {
      folders.push(`${name}/train`, `${name}/test`);
    }
  }
  return folders.sort();
}

async function listCocoFiles(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of await labelFolders(dir)) {
    for (const name of await listFiles(join(dir, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (!name.startsWith(".") && name.endsWith(".json") && await isCocoFile(join(dir, path))) {
        found.push(path);
      }
    }
  }
  // The plainest name first: train.json before train_mini.json.
  return found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Looks for the files of COCO-style labels: "train" and "test" in their path tell them apart. */
export async function findCocoFiles(dir: string): Promise<FoundCoco> {
  const paths = await listCocoFiles(dir);
  const tests = paths.filter((path) => /test/i.test(path));
  const others = paths.filter((path) => !/test|val/i.test(path));
  return {
    train: others.find((path) => /train/i.test(path)) ?? others[0] ?? null,
    test: tests[0] ?? null,
  };
}

async function holds(folder: string, { images }: CocoFile): Promise<boolean> {
  for (const { fileName } of images.slice(0, TRIED)) {
    if (await pathExists(joinInside(folder, fileName))) return true;
  }
  return false;
}

/**
 * The folder, below the data folder, that file names of images start from.
 *
 * @param options.labels the file of labels, below the data folder
 * @param options.usual further folders to look in
 * @param options.otherwise the folder of images that are not there
 */
export async function findImageFolder(
  dir: string,
  file: CocoFile,
  { labels, usual, otherwise }: {
    readonly labels: string;
    readonly usual: readonly string[];
    readonly otherwise: string;
  },
): Promise<string> {
  const own = labels.includes("/") ? labels.slice(0, labels.lastIndexOf("/")) : ".";
  for (const folder of [".", own, `${own}/images`, ...usual]) {
    if (await holds(join(dir, folder), file)) return folder;
  }
  return otherwise;
}
