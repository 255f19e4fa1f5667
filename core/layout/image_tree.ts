import { join, relative } from "@std/path";
import { isFolder, joinInside } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import { IMAGE_EXTENSIONS, isImageName, stemOf } from "./image_folder.ts";

/** Folder of resource forks that macOS archives bring along. */
const RESOURCE_FORKS = "__MACOSX";

/** What a walk is in the middle of. */
interface Walk {
  /** Absolute paths of folders that are left out. */
  readonly without: readonly string[];
  /** Real paths of the links that lead here, so that a link to a folder above ends the walk. */
  readonly links: readonly string[];
}

async function* walkImages(folder: string, walk: Walk): AsyncGenerator<string> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === RESOURCE_FORKS) continue;
    const path = join(folder, name);
    // A link with the name of an image is taken for one, whatever it leads to.
    const follow = isSymlink && !isImageName(name) && await isFolder(path);
    const linked = follow ? await Deno.realPath(path) : null;
    if (isDirectory || linked !== null) {
      if (walk.without.includes(path) || linked !== null && walk.links.includes(linked)) continue;
      yield* walkImages(path, linked === null ? walk : { ...walk, links: [...walk.links, linked] });
    } else if (isImageName(name)) yield path;
  }
}

/** Names in any of the ways in which an Id may write them, with the paths that have them. */
class NameIndex {
  readonly #paths = new Map<string, string[]>();

  constructor(paths: readonly string[], nameOf: (path: string) => string) {
    for (const path of paths) {
      const name = nameOf(path), known = this.#paths.get(name);
      if (known) known.push(path);
      else this.#paths.set(name, [path]);
    }
  }

  /** The paths with a name, of each picture that is there in several formats the preferred one. */
  get(name: string): string[] {
    const paths = this.#paths.get(name) ?? [];
    if (paths.length < 2) return paths;
    const rank = (path: string) => {
      const place = IMAGE_EXTENSIONS.findIndex((ending) => path.toLowerCase().endsWith(ending));
      return place < 0 ? IMAGE_EXTENSIONS.length : place;
    };
    const best = new Map<string, string>();
    for (const path of paths) {
      const stem = stemOf(path), other = best.get(stem);
      if (other === undefined || rank(path) < rank(other)) best.set(stem, path);
    }
    return [...best.values()];
  }
}

function withLowerCaseEnding(path: string): string {
  const stem = stemOf(path);
  return stem + path.slice(stem.length).toLowerCase();
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The ways in which an Id may name a file, in the order in which they are tried. */
const NAMINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  withLowerCaseEnding,
  stemOf,
  baseOf,
  (path) => withLowerCaseEnding(baseOf(path)),
  (path) => stemOf(baseOf(path)),
];

/**
 * A folder of images at any depth, listed once. Hidden files (`._a.jpg` of macOS archives) are no images; links to
 * folders are followed. A missing folder counts as empty.
 */
export class ImageTree {
  readonly path: string;
  readonly #without: readonly string[];
  #paths: Promise<readonly string[]> | undefined;
  readonly #indices: NameIndex[] = [];

  /** @param without folders below it that are left out, as absolute paths or as `path` is written */
  constructor(path: string, { without = [] }: { readonly without?: readonly string[] } = {}) {
    this.path = path;
    this.#without = without;
  }

  async *#walk(): AsyncGenerator<string> {
    if (!(await isFolder(this.path))) return;
    yield* walkImages(this.path, { without: this.#without, links: [await Deno.realPath(this.path)] });
  }

  async #list(): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const path of this.#walk()) paths.push(relative(this.path, path).replaceAll("\\", "/"));
    return paths.sort();
  }

  /** Paths of all images below the folder, sorted, separated by `/`. */
  paths(): Promise<readonly string[]> {
    return this.#paths ??= this.#list();
  }

  /** Whether there is any image, without listing all. */
  async hasImages(): Promise<boolean> {
    for await (const _ of this.#walk()) return true;
    return false;
  }

  /**
   * The path below the folder of the image that an Id names: its path with or without extension (whose case does not
   * matter), or its file name where only one image in the sub folders has it; null when there is none.
   *
   * @throws a data problem when the Id points outside the folder, or fits several images in different folders
   */
  async find(id: string): Promise<string | null> {
    const paths = await this.paths();
    // Most Ids are paths as they are; these need not be cleaned.
    if (this.#index(0, paths).get(id).length === 1) return id;
    const name = relative(this.path, joinInside(this.path, id)).replaceAll("\\", "/");
    if (paths.length === 0) return null;
    for (const place of NAMINGS.keys()) {
      const index = this.#index(place, paths);
      const found = index.get(place % 3 === 1 ? withLowerCaseEnding(name) : name);
      if (found.length === 1) return found[0]!;
      if (found.length > 1) throw this.#ambiguous(id, found);
    }
    return null;
  }

  #index(place: number, paths: readonly string[]): NameIndex {
    return this.#indices[place] ??= new NameIndex(paths, NAMINGS[place]!);
  }

  #ambiguous(id: string, found: readonly string[]): Error {
    return dataProblem(
      `Cannot tell which image ${quoted(id)} is: "${this.path}" has ${firstFew(found.map(quoted))}`,
      "Write the path below the folder in place of the file name, or remove what is there twice",
    );
  }

  /** The whole path of what {@link find} finds; throws a data problem when the image is missing. */
  async need(id: string): Promise<string> {
    const found = await this.find(id);
    if (found !== null) return join(this.path, found);
    const tried = IMAGE_EXTENSIONS.slice(0, 3).join("|");
    throw dataProblem(
      `Cannot find the image ${quoted(id)}: there is no "${join(this.path, id)}{${tried}}"`,
      "Add the image, or set data.on_broken to skip",
    );
  }
}
