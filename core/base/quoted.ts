/** Characters of one text that a message shows: enough to find it in its file, whatever its length. */
const SHOWN_CHARACTERS = 80;
/** Texts of a list that a message shows. */
const SHOWN_TEXTS = 5;

/**
 * A text of a file in quotes for a message, escaped, and cut where it is long.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(quoted("conv1\n"), '"conv1\\n"');
 * assertEquals(quoted("a".repeat(100)), `"${"a".repeat(80)}"... (100 characters)`);
 * ```
 */
export function quoted(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}... (${text.length} characters)`;
}

/**
 * The first few of some texts, and how many more there are.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(firstFew(["a", "b"]), "a, b");
 * assertEquals(firstFew(["1", "2", "3", "4", "5", "6", "7"]), "1, 2, 3, 4, 5 and 2 more");
 * ```
 */
export function firstFew(texts: readonly string[]): string {
  const shown = texts.slice(0, SHOWN_TEXTS).join(", ");
  return texts.length > SHOWN_TEXTS ? `${shown} and ${texts.length - SHOWN_TEXTS} more` : shown;
}
