import { type ImageTree, stemOf } from "../../plugin.ts";
import { isNoClass } from "./_class_folders.ts";

/** Patterns of file names that are tried, as `cat.0.jpg` has. */
const USUAL = ["{class}.*", "{class}_*", "{class}-*"];
/** What such a file name has behind its class: a number. */
const REST = /^\d+$/;

/** What stands around the class in a pattern such as `{class}_*`; null for a text that is no such pattern. */
function splitPattern(pattern: string): readonly [before: string, after: string] | null {
  const found = /^([^{}*]*)\{class\}([^{}*]+)\*?$/.exec(pattern);
  return found && [found[1]!, found[2]!];
}

/** Whether a text says where the class is in a file name. */
export function isClassPattern(pattern: string): boolean {
  return splitPattern(pattern) !== null;
}

/**
 * The class in a file name; null when it does not fit the pattern.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(classInName("all/cat.0.jpg", "{class}.*"), "cat");
 * assertEquals(classInName("img-cat-07.jpg", "img-{class}-*"), "cat");
 * assertEquals(classInName("cat.jpg", "{class}_*"), null);
 * ```
 */
export function classInName(path: string, pattern: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1), [before, after] = splitPattern(pattern)!;
  const end = name.indexOf(after, before.length);
  return name.startsWith(before) && end > before.length ? name.slice(before.length, end) : null;
}

/** Whether every image of a folder is named by one of several classes and a number. */
function fits(paths: readonly string[], pattern: string): boolean {
  const classes = new Set<string>();
  for (const path of paths) {
    const name = classInName(path, pattern);
    if (name === null || isNoClass(name) || !REST.test(stemOf(path).slice(name.length + 1))) return false;
    classes.add(name);
  }
  return classes.size > 1;
}

/** The pattern by which file names of a folder without sub folders begin with their class; null when there is none. */
export async function guessClassPattern(tree: ImageTree): Promise<string | null> {
  const paths = await tree.paths();
  if (paths.some((path) => path.includes("/"))) return null;
  return USUAL.find((pattern) => fits(paths, pattern)) ?? null;
}
