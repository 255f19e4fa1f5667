import { basename, dirname, extname, join } from "@std/path";
import { joinInside, listFiles } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";

/** File extensions of images, in order of preference. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ".png",
  ".jpg",
  ".jpeg",
  ".webp",
  ".tif",
  ".tiff",
  ".bmp",
  ".gif",
  ".avif",
  ".dcm",
  ".dicom",
];

/** With those of decoder plugins; for the whole process, since layouts are made without a registry. */
const extensions = [...IMAGE_EXTENSIONS];

/** Makes layouts list files with the extensions of decoder plugins as images. */
export function addImageExtensions(further: readonly string[]): void {
  const added = further.map((text) => text.toLowerCase());
  extensions.push(...added.filter((text) => !extensions.includes(text)));
}

/** Place of a file name's extension in the order of preference; -1 when it is no image's. */
function preference(name: string): number {
  return extensions.indexOf(extname(name).toLowerCase());
}

/** Whether a file name has an image extension; hidden files (`._mask1.jpg` of macOS archives) do not count. */
export function isImageName(name: string): boolean {
  return !name.startsWith(".") && preference(name) >= 0;
}

/** File name without extension. */
export function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
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

/** The preferred file name that equals an Id, with or without extension. */
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

/** A folder of images, listed once, then looked up by Id. A missing folder counts as empty. */
export class ImageFolder {
  readonly path: string;
  /** Sorted image names by folder. */
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
   * The path of the image with an Id (with or without extension), or null.
   * Throws a data problem when the Id points outside the folder (path traversal).
   */
  async find(id: string): Promise<string | null> {
    const path = joinInside(this.path, id);
    const name = nameOf(await this.#listed(dirname(path)), basename(path));
    return name === undefined ? null : join(dirname(path), name);
  }

  /** Like `find`, but throws a data problem when the image is missing. */
  async need(id: string): Promise<string> {
    const path = await this.find(id);
    if (path !== null) return path;
    const tried = IMAGE_EXTENSIONS.slice(0, 3).join("|");
    throw dataProblem(
      `Cannot find the image "${id}": there is no "${join(this.path, id)}{${tried}}"`,
      "Add the image, or set data.on_broken to skip",
    );
  }

  /** Sorted names of the images directly in the folder. */
  async names(): Promise<readonly string[]> {
    return await this.#listed(this.path);
  }

  /** A synchronous `find` for images directly in the folder, without one promise per image. */
  async finder(): Promise<(id: string) => string | null> {
    const names = await this.names();
    return (id) => {
      const name = nameOf(names, id);
      return name === undefined ? null : join(this.path, name);
    };
  }
}
