import { dataProblem, suggestName } from "../../plugin.ts";

/** Classes that a message lists. */
const MENTIONED = 12;

/** Class names as they are written in label files and submissions. */
export class ClassWords {
  readonly #indices: ReadonlyMap<string, number>;

  /** @param separator what stands between several classes of one cell */
  constructor(readonly classes: readonly string[], readonly separator: string) {
    this.#indices = new Map(classes.map((name, index) => [name, index]));
  }

  /**
   * The indices of classes, ascending, each once. Throws a data problem on a word that is no class.
   *
   * @param where file and Id, for the message
   */
  indices(words: readonly string[], where: string): number[] {
    return [...new Set(words.map((word) => this.#index(word, where)))].sort((a, b) => a - b);
  }

  #index(word: string, where: string): number {
    const index = this.#indices.get(word);
    if (index !== undefined) return index;
    const few = this.classes.length <= MENTIONED
      ? suggestName(word, this.classes)
      : `${this.classes.length} are known`;
    throw dataProblem(
      `Cannot read the label "${word}" (${where}): it is not a class; ${few}`,
      "Correct the cell, or list the classes with data.layout_params.classes",
    );
  }

  /** Classes as a cell. */
  format(labels: readonly number[]): string {
    return labels.map((label) => this.classes[label]!).join(this.separator);
  }

  /** Classes of a submission's cell; a class may hold the separator when the cell holds nothing else. */
  parse(cell: string): number[] {
    return this.indices(
      this.#indices.has(cell) ? [cell] : splitWords(cell, this.separator),
      "submission",
    );
  }
}

/** The words of a cell without the space around them. */
export function splitWords(cell: string, separator: string): string[] {
  return cell.split(separator).map((word) => word.trim()).filter((word) => word !== "");
}

/**
 * Names in their usual order: whole numbers by size, other names by their UTF-16 code units.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sortedNames(["10", "9"]), ["9", "10"]);
 * assertEquals(sortedNames(["c10", "c9"]), ["c10", "c9"]);
 * ```
 */
export function sortedNames(names: Iterable<string>): string[] {
  const list = [...new Set(names)];
  return list.every(isWhole) ? list.sort((a, b) => Number(a) - Number(b)) : list.sort();
}

/** Whether a text is a whole number from 0 on, as a program writes it. */
export function isWhole(text: string): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text);
}
