import { basename, dirname, extname, join } from "@std/path";
import { joinInside, listFiles } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";

/** Endings of files that count as pictures, the preferred one first. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ".png",
  ".jpg",
  ".jpeg",
  ".webp",
  ".tif",
  ".tiff",
  ".bmp",
  ".gif",
];

/** Whether a file name ends like a picture; hidden files (`._mask1.jpg` of macOS archives) never do. */
export function isImageName(name: string): boolean {
  return !name.startsWith(".") && IMAGE_EXTENSIONS.includes(extname(name).toLowerCase());
}

/** A file name without its ending. */
export function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

function preference(name: string): number {
  return IMAGE_EXTENSIONS.indexOf(extname(name).toLowerCase());
}

/** Index of the first name that does not sort before `wanted`. */
function lowerBound(names: readonly string[], wanted: string): number {
  let low = 0, high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The preferred one of the names that are an Id, with their ending or without. */
function nameOf(names: readonly string[], id: string): string | undefined {
  let best: string | undefined;
  const better = (name: string) => best === undefined || preference(name) < preference(best);
  const exact = lowerBound(names, id);
  if (names[exact] === id) best = id;
  for (let i = lowerBound(names, `${id}.`); names[i]?.startsWith(`${id}.`); i++) {
    const name = names[i]!;
    if (stemOf(name) === id && better(name)) best = name;
  }
  return best;
}

/** A folder of pictures, listed once and then looked up by Id; a missing folder is empty. */
export class ImageFolder {
  readonly path: string;
  /** Names of pictures by folder, sorted. */
  readonly #folders = new Map<string, Promise<string[]>>();

  constructor(path: string) {
    this.path = path;
  }

  #listed(folder: string): Promise<string[]> {
    const known = this.#folders.get(folder) ??
      listFiles(folder).then((names) => names.filter(isImageName));
    this.#folders.set(folder, known);
    return known;
  }

  /**
   * The path of the picture with an Id, with or without its ending, or null when there is none.
   * Throws a data problem when the Id would leave the folder.
   */
  async find(id: string): Promise<string | null> {
    const path = joinInside(this.path, id);
    const name = nameOf(await this.#listed(dirname(path)), basename(path));
    return name === undefined ? null : join(dirname(path), name);
  }

  /** Like `find`, with a data problem when there is no such picture. */
  async need(id: string): Promise<string> {
    const path = await this.find(id);
    if (path !== null) return path;
    const tried = IMAGE_EXTENSIONS.slice(0, 3).join("|");
    throw dataProblem(
      `Cannot find the image "${id}": there is no "${join(this.path, id)}{${tried}}"`,
      "Add the image or remove its row",
    );
  }

  /** Names of the pictures directly in the folder, sorted. */
  async names(): Promise<readonly string[]> {
    return await this.#listed(this.path);
  }

  /** Looks Ids up in the folder itself, as `find` does, without a promise each: for lists of all pictures. */
  async finder(): Promise<(id: string) => string | null> {
    const names = await this.names();
    return (id) => {
      const name = nameOf(names, id);
      return name === undefined ? null : join(this.path, name);
    };
  }
}
