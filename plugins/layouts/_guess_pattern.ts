import { join } from "@std/path";
import type { ImageTree } from "../../plugin.ts";
import { ImagePattern } from "./_image_pattern.ts";
import { type ImageRow, RowImages } from "./_row_images.ts";

/** Rows that a pattern is tried on. */
const TRIED = 20;
/** Patterns of several files of one Id, in the order in which they are tried. */
const SEVERAL = ["{id}/*", "{id}_*", "{id}-*", "{id}/*/*"];
/** Endings that are tried before the folder is listed. */
const ENDINGS = ["", ".png", ".jpg"];

/** Whether an Id is a file directly in the folder, which saves listing it. A link counts, whatever it leads to. */
async function isThere(folder: string, { id }: ImageRow): Promise<boolean> {
  for (const ending of id.includes("..") ? [] : ENDINGS) {
    try {
      if (!(await Deno.lstat(join(folder, `${id}${ending}`))).isDirectory) return true;
    } catch {
      continue; // not there, or no name for a file
    }
  }
  return false;
}

/** Whether most of some rows have files of their own by a pattern. */
async function fitsRows(tree: ImageTree, rows: readonly ImageRow[], text: string): Promise<boolean> {
  const pattern = new ImagePattern(text);
  const images = new RowImages(tree, rows, { source: "train", pattern, shared: true, folder: "" });
  try {
    const owners = new Set((await images.idsByPath()).values());
    const found = (await images.images()).filter(({ id }) => owners.has(id)).map(({ row }) => row);
    return new Set(found).size * 2 > rows.length;
  } catch {
    return false; // two rows name one file, or a cell is no path: not this column
  }
}

/**
 * How the images of rows are named: by the Id where most of the first rows have such a file, else by the first column
 * that names files, else as several files that begin with the Id; by the Id when nothing fits.
 */
export async function guessPattern(
  tree: ImageTree,
  rows: readonly ImageRow[],
  columns: readonly string[],
): Promise<string> {
  const tried = rows.slice(0, TRIED);
  if (tried.length === 0 || await isThere(tree.path, tried[0]!)) return "{id}";
  if ((await tree.paths()).length === 0) return "{id}";
  const plain = columns.filter((column) => !/[{}*]/.test(column)).map((column) => `{${column}}`);
  for (const text of ["{id}", ...plain, ...SEVERAL]) if (await fitsRows(tree, tried, text)) return text;
  return "{id}";
}
