import { firstFew, quoted } from "../../base/quoted.ts";

/** A name without case, accents, spaces and punctuation. */
function plain(name: string): string {
  const letters = name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  return letters.replace(/[^\p{L}\p{N}]/gu, "") || letters;
}

/** Whether two names are the same but for case and punctuation. */
export function sameName(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

/** For each column the index of its class when the forms of both are a one-to-one match, else null. */
function matchBy(
  columns: readonly string[],
  classes: readonly string[],
  form: (name: string) => string,
): number[] | null {
  const known = new Map(classes.map((name, c) => [form(name), c]));
  const found = columns.map((name) => known.get(form(name)) ?? -1);
  return new Set(found).size === classes.length && columns.length === classes.length && !found.includes(-1)
    ? found
    : null;
}

/** Classes whose columns all begin and end alike, as in `prob_cat,prob_dog`. */
function matchInside(columns: readonly string[], classes: readonly string[]): number[] | null {
  const [first] = columns;
  for (const name of classes) {
    const at = first!.toLowerCase().lastIndexOf(name.toLowerCase());
    if (at < 0) continue;
    const before = first!.slice(0, at), after = first!.slice(at + name.length);
    const found = matchBy(columns, classes.map((each) => before + each + after), plain);
    if (found !== null) return found;
  }
  return null;
}

/**
 * For each column the index of the class that it is named after, in any order: exactly; else without case and
 * punctuation; else with the same letters before and after each class. Null when columns and classes are not one to one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(matchColumns(["dog", "cat"], ["cat", "dog"]), [1, 0]);
 * assertEquals(matchColumns(["Big Dog", "CAT"], ["cat", "big_dog"]), [1, 0]);
 * assertEquals(matchColumns(["p_cat", "p_dog"], ["cat", "dog"]), [0, 1]);
 * assertEquals(matchColumns(["cat", "bird"], ["cat", "dog"]), null);
 * ```
 */
export function matchColumns(columns: readonly string[], classes: readonly string[]): number[] | null {
  if (columns.length !== classes.length || columns.length === 0) return null;
  return matchBy(columns, classes, (name) => name) ?? matchBy(columns, classes, plain) ??
    matchInside(columns, classes);
}

/** Why columns are not those of the classes, for a message. */
export function columnsMisfit(columns: readonly string[], classes: readonly string[]): string {
  const known = new Set(classes.map(plain)), there = new Set(columns.map(plain));
  const strange = columns.filter((name) => !known.has(plain(name))).map(quoted);
  const missing = classes.filter((name) => !there.has(plain(name))).map(quoted);
  const parts = [
    `the sample has ${columns.length} columns beside the Ids, the layout ${classes.length} classes`,
    strange.length > 0 ? `no class is named after ${firstFew(strange)}` : "",
    missing.length > 0 ? `no column after ${firstFew(missing)}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}
