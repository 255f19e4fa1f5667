import { basename, dirname, extname, join } from "@std/path";
import { joinInside, listFiles } from "../files.ts";
import { dataProblem } from "../problem.ts";

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

/** A folder of pictures, listed once and then looked up by Id; a missing folder is empty. */
export class ImageFolder {
  readonly path: string;
  readonly #folders = new Map<string, Promise<Map<string, string>>>();

  constructor(path: string) {
    this.path = path;
  }

  async #list(folder: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const name of (await listFiles(folder)).filter(isImageName)) {
      found.set(name, name);
      const known = found.get(stemOf(name));
      if (known === undefined || preference(name) < preference(known)) found.set(stemOf(name), name);
    }
    return found;
  }

  #listed(folder: string): Promise<Map<string, string>> {
    const known = this.#folders.get(folder) ?? this.#list(folder);
    this.#folders.set(folder, known);
    return known;
  }

  /**
   * The path of the picture with an Id, with or without its ending, or null when there is none.
   * Throws a data problem when the Id would leave the folder.
   */
  async find(id: string): Promise<string | null> {
    const path = joinInside(this.path, id);
    const name = (await this.#listed(dirname(path))).get(basename(path));
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
  async names(): Promise<string[]> {
    return (await listFiles(this.path)).filter(isImageName);
  }
}
