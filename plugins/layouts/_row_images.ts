import { join } from "@std/path";
import { dataProblem, type ImageFiles, type ImageTree, type Source } from "../../plugin.ts";
import type { ImagePattern } from "./_image_pattern.ts";

/** A row of a file that lists images. */
export interface ImageRow {
  /** The Id of label files and submissions, which several images may share. */
  readonly id: string;
  /** The cell of a column; `id` is the Id. */
  cell(column: string): string;
}

/** Rows that are Ids alone. */
export function idRows(ids: readonly string[]): ImageRow[] {
  return ids.map((id) => ({ id, cell: () => id }));
}

/** An image of a row. */
export interface RowImage {
  /** The row's Id, or `<Id>/<file>` where images share Ids. */
  readonly id: string;
  /** Index of the row. */
  readonly row: number;
  /** Path below the folder as the row names it; null when no file fits the row. */
  readonly name: string | null;
}

/** Options of {@link RowImages}. */
export interface RowImagesOptions {
  readonly source: Source;
  readonly pattern: ImagePattern;
  /** Whether several images may share an Id. */
  readonly shared: boolean;
  /** Name of the folder below the data folder, which the names of images may repeat. */
  readonly folder: string;
}

/** The index of the first text that does not sort before another. */
function lowerBound(texts: readonly string[], wanted: string): number {
  let low = 0, high = texts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (texts[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The images that the rows of a file name, in a folder. */
export class RowImages {
  readonly #tree: ImageTree;
  readonly #rows: readonly ImageRow[];
  readonly #options: RowImagesOptions;
  #rowIds: ReadonlySet<string> | undefined;
  #images: Promise<readonly RowImage[]> | undefined;
  #names: Promise<ReadonlyMap<string, string | null>> | undefined;

  constructor(tree: ImageTree, rows: readonly ImageRow[], options: RowImagesOptions) {
    this.#tree = tree;
    this.#rows = rows;
    this.#options = options;
  }

  /** The images of all rows, in order of rows and names. */
  images(): Promise<readonly RowImage[]> {
    return this.#images ??= this.#options.pattern.open ? this.#search() : Promise.resolve(this.#fill());
  }

  #fill(): RowImage[] {
    return this.#rows.map((row, index) => {
      const name = this.#options.pattern.fill((column) => row.cell(column)).prefix;
      return { id: this.#idOf(row.id, name), row: index, name };
    });
  }

  /** The Id of an image: that of its row, or with the file behind it where images share Ids. */
  #idOf(id: string, name: string): string {
    if (!this.#options.shared || name === id) return id;
    return name.startsWith(`${id}/`) ? name : `${id}/${name}`;
  }

  /** Looks for the files of each row. A file that fits several Ids (a_1, a_1_2) belongs to the longest. */
  async #search(): Promise<RowImage[]> {
    const paths = await this.#tree.paths(), owners = new Map<string, number>();
    for (const [index, row] of this.#rows.entries()) {
      const { prefix, fits } = this.#options.pattern.fill((column) => row.cell(column));
      for (let at = lowerBound(paths, prefix); paths[at]?.startsWith(prefix); at++) {
        const path = paths[at]!, other = owners.get(path);
        const nearer = other === undefined || this.#rows[other]!.id.length < row.id.length;
        if (nearer && fits(path)) owners.set(path, index);
      }
    }
    const owned = this.#rows.map((): string[] => []);
    for (const [path, row] of owners) owned[row]!.push(path);
    return owned.flatMap((names, row): RowImage[] => {
      const { id } = this.#rows[row]!;
      if (names.length === 0) return [{ id, row, name: null }];
      return names.sort().map((name) => ({ id: this.#idOf(id, name), row, name }));
    });
  }

  /** The Id of an image's row; undefined for an image of no row. */
  rowIdOf(id: string): string | undefined {
    const ids = this.#rowIds ??= new Set(this.#rows.map((row) => row.id));
    if (ids.has(id)) return id;
    for (let end = id.lastIndexOf("/"); end > 0; end = id.lastIndexOf("/", end - 1)) {
      if (ids.has(id.slice(0, end))) return id.slice(0, end);
    }
    return undefined;
  }

  /** The path below the folder of what a row names, or null. A name may begin with the folder's own. */
  async #find(name: string): Promise<string | null> {
    const found = await this.#tree.find(name), own = `${this.#options.folder}/`;
    const written = name.replace(/^\.\//, "");
    return found ?? (written.startsWith(own) ? await this.#tree.find(written.slice(own.length)) : null);
  }

  #nameById(): Promise<ReadonlyMap<string, string | null>> {
    return this.#names ??= this.images().then((images) => new Map(images.map(({ id, name }) => [id, name])));
  }

  /** The file of an image. Throws a data problem when it is missing, or when its name leaves the folder. */
  async filesOf(id: string): Promise<ImageFiles> {
    const { source, pattern } = this.#options, name = (await this.#nameById()).get(id);
    if (name === null) {
      throw dataProblem(
        `Cannot find the images of the Id "${id}": no file below "${this.#tree.path}" fits ${pattern.text}`,
        "Correct data.layout_params.image_pattern, add the images, or set data.on_broken to skip",
      );
    }
    const found = await this.#find(name ?? id);
    const path = found === null ? await this.#tree.need(name ?? id) : join(this.#tree.path, found);
    return { id, source, files: [path] };
  }

  /**
   * Image Ids by the path of their file below the folder; missing images are left out.
   *
   * @throws a data problem when two rows name the same file
   */
  async idsByPath(): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    for (const { id, name } of await this.images()) {
      const path = name === null ? null : await this.#find(name);
      if (path === null) continue;
      const other = ids.get(path);
      if (other !== undefined) {
        throw dataProblem(
          `Cannot use the image "${
            join(this.#tree.path, path)
          }": the Ids "${other}" and "${id}" both name it`,
          "Keep one row for each image",
        );
      }
      ids.set(path, id);
    }
    return ids;
  }
}
