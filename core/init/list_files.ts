import { extname, join } from "@std/path";
import { isImageName } from "../layout/image_folder.ts";

/** The files of a folder, by kind; paths are below it. */
export interface FileList {
  readonly dir: string;
  readonly tables: readonly string[];
  readonly documents: readonly string[];
  /** Sorted image names by folder; "" is the folder itself. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Number of other files by extension. */
  readonly others: ReadonlyMap<string, number>;
}

/** Folders deeper than this are not looked into. */
const DEPTH = 8;

/** Files that Podium's own tasks write into a data folder. */
const OWN = /^(split\.|duplicates\.|data_leak\.|layout\.yml$)/;

interface Found {
  readonly tables: string[];
  readonly documents: string[];
  readonly images: Map<string, string[]>;
  readonly others: Map<string, number>;
}

function addFile(found: Found, folder: string, name: string): void {
  const path = join(folder, name), ending = extname(name).toLowerCase();
  if (ending === ".csv") found.tables.push(path);
  else if (ending === ".json") found.documents.push(path);
  else found.others.set(ending, (found.others.get(ending) ?? 0) + 1);
}

async function walk(found: Found, dir: string, { folder, depth }: { folder: string; depth: number }) {
  const images: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(dir, folder))) {
    if (name.startsWith(".") || (folder === "" && OWN.test(name))) continue;
    if (isDirectory && depth < DEPTH) {
      await walk(found, dir, { folder: join(folder, name), depth: depth + 1 });
    } else if (isImageName(name)) images.push(name);
    else if (!isDirectory) addFile(found, folder, name);
  }
  if (images.length > 0) found.images.set(folder, images.sort());
}

/** Lists the files of a folder and of those in it, without hidden ones and what Podium itself writes. */
export async function listFilesByKind(dir: string): Promise<FileList> {
  const found: Found = { tables: [], documents: [], images: new Map(), others: new Map() };
  await walk(found, dir, { folder: "", depth: 0 });
  return { dir, ...found, tables: found.tables.sort(), documents: found.documents.sort() };
}

/** Number of images in a folder and in those below it. */
export function countImages({ images }: FileList, folder: string): number {
  const prefix = folder === "" ? "" : `${folder}/`;
  let count = 0;
  for (const [path, names] of images) {
    if (path === folder || path.startsWith(prefix)) count += names.length;
  }
  return count;
}
