import { configProblem, suggestName } from "../../plugin.ts";

/** A piece of a pattern: text as it is, a column in braces, or any text within a name. */
type Piece = { readonly text: string } | { readonly column: string } | "any";

const PIECES = /\{([^{}]*)\}|\*|[^{}*]+|[{}]/g;

/** The placeholder of the Id, whatever its column is called. */
const ID = "id";

function parsePieces(pattern: string): Piece[] {
  return [...pattern.matchAll(PIECES)].map(([text, column]) =>
    column !== undefined ? { column } : text === "*" ? "any" : { text }
  );
}

function escaped(text: string): string {
  return text.replace(/[.+^${}()|[\]\\*?]/g, "\\$&");
}

/** A pattern whose columns are filled in: the names that files of one row have. */
export interface FilledPattern {
  /** What every name begins with; the whole name when the pattern has no `*`. */
  readonly prefix: string;
  /** Whether a path below the folder fits, with or without its extension. */
  fits(path: string): boolean;
}

/**
 * How the images of a row are named, as a path below the image folder: `{id}` is the Id, `{column}` the cell of another
 * column, `*` any text within one file or folder name. The extension may be left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pattern = new ImagePattern("{patient}/{id}_*");
 * assertEquals(pattern.columns, ["patient"]);
 * const { prefix, fits } = pattern.fill((column) => ({ id: "a", patient: "p1" })[column] ?? "");
 * assertEquals([prefix, fits("p1/a_2.png"), fits("p1/b_2.png")], ["p1/a_", true, false]);
 * ```
 */
export class ImagePattern {
  readonly #pieces: readonly Piece[];
  /** Columns other than the Id that the pattern names. */
  readonly columns: readonly string[];
  /** Whether the files of a row must be looked for (`*`). */
  readonly open: boolean;

  constructor(readonly text: string) {
    this.#pieces = parsePieces(text);
    const columns = this.#pieces.flatMap((piece) =>
      piece !== "any" && "column" in piece ? [piece.column] : []
    );
    this.columns = [...new Set(columns)].filter((column) => column !== ID);
    this.open = this.#pieces.includes("any");
    this.#checkBeginning();
  }

  /** Throws a config problem on a pattern that begins alike for every row: each would go through all files. */
  #checkBeginning(): void {
    const end = this.#pieces.indexOf("any");
    const beginning = this.#pieces.slice(0, end < 0 ? undefined : end);
    if (beginning.some((piece) => piece !== "any" && "column" in piece)) return;
    throw configProblem(
      `layout_params.image_pattern: ${JSON.stringify(this.text)}: it must name a column before any *`,
      "Such as {id}, {id}/*, {id}_*.png or {patient}/{image}",
    );
  }

  /** Throws a config problem when a column is not in a header. */
  checkColumns(header: readonly string[]): void {
    const unknown = this.columns.find((column) => !header.includes(column));
    if (unknown === undefined) return;
    throw configProblem(
      `layout_params.image_pattern: ${JSON.stringify(this.text)}: there is no column "${unknown}"; ${
        suggestName(unknown, [ID, ...header])
      }`,
      "Braces hold {id} or the name of a column of the label file",
    );
  }

  /** Fills in the cells of a row; `{id}` asks for the column `id`. */
  fill(cellOf: (column: string) => string): FilledPattern {
    const texts = this.#pieces.map((piece) =>
      piece === "any" ? null : "text" in piece ? piece.text : cellOf(piece.column)
    );
    const end = texts.indexOf(null);
    const prefix = texts.slice(0, end < 0 ? undefined : end).join("");
    const source = texts.map((text) => text === null ? "[^/]*" : escaped(text)).join("");
    let expression: RegExp | undefined;
    const fits = (path: string) => (expression ??= new RegExp(`^${source}(?:\\.[^./]+)?$`, "s")).test(path);
    return { prefix, fits };
  }
}
