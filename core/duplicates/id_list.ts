/**
 * Ids in one cell as upstream writes them: separated by spaces. White space and percent signs inside an id are written
 * as %20, %25 and so on, which leaves every id of upstream's files as it is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(formatIds(["a", "b c"]), "a b%20c");
 * assertEquals(parseIds("a b%20c"), ["a", "b c"]);
 * ```
 */
export function formatIds(ids: readonly string[]): string {
  return ids.map((id) => id.replace(/[\s%]/gu, encodeURIComponent)).join(" ");
}

/** The ids in such a cell. A percent sign that begins no escape stands for itself. */
export function parseIds(cell: string): string[] {
  return cell.split(" ").filter((id) => id !== "").map((id) => id.replace(/(?:%[0-9A-F]{2})+/g, decode));
}

function decode(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}
