const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

/**
 * The texts of the elements of a name in one of S3's answers, which have no attributes on them and no elements of the same
 * name within.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(elementTexts("<L><Key>a</Key><Key>b&amp;c</Key></L>", "Key"), ["a", "b&c"]);
 * ```
 */
export function elementTexts(xml: string, name: string): string[] {
  const elements = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return [...elements].map(([, text = ""]) => text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity));
}
