import type { Json } from "../base/json.ts";

function isTree(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The leaves of a tree with their paths, in order. Lists and empty objects are leaves.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(jsonLeaves({ model: { name: "a", params: {} }, sizes: [1, 2] }), [
 *   ["model.name", "a"],
 *   ["model.params", {}],
 *   ["sizes", [1, 2]],
 * ]);
 * ```
 */
export function jsonLeaves(tree: Json): [path: string, leaf: Json][] {
  if (!isTree(tree)) return [["", tree]];
  return Object.entries(tree).flatMap(([key, value]): [string, Json][] => {
    if (!isTree(value) || Object.keys(value).length === 0) return [[key, value]];
    return jsonLeaves(value).map(([path, leaf]) => [`${key}.${path}`, leaf]);
  });
}

/** A leaf as text: strings as they are, all else as JSON. */
export function leafText(leaf: Json): string {
  return typeof leaf === "string" ? leaf : JSON.stringify(leaf);
}
