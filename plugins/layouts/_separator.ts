import { splitWords } from "./_class_words.ts";

/** What may stand between several labels of a cell, beside a space. */
const SIGNS = ["|", ";", ","];

/** Whether a sign joins labels: a cell with it has a word that another cell has too. */
function joinsLabels(cells: ReadonlySet<string>, sign: string): boolean {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    for (const word of new Set(splitWords(cell, sign))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...cells].some((cell) =>
    cell.includes(sign) && splitWords(cell, sign).some((word) => counts.get(word)! > 1)
  );
}

/**
 * What stands between several labels of a cell: `|`, `;` or `,` where cells share the words between them, else a space.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(findSeparator(["red|lime", "lime", "red"]), "|");
 * assertEquals(findSeparator(["mask, male", "no mask, female"]), " ");
 * ```
 */
export function findSeparator(cells: Iterable<string>): string {
  const distinct = new Set(cells);
  return SIGNS.find((sign) => joinsLabels(distinct, sign)) ?? " ";
}
