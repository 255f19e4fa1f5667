/**
 * Files that import each other in a ring; one ring at least for each tangle, none when there is none.
 *
 * @param graph the files that each file imports
 * @returns rings as they are walked: the first file stands at the end again
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const graph = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]);
 * assertEquals(findCircles(graph), [["b", "c", "b"]]);
 * ```
 */
export function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>(), path: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const place = path.indexOf(file);
    if (place >= 0) {
      circles.push([...path.slice(place), file]);
      return;
    }
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of [...graph.keys()].sort()) visit(file);
  return circles;
}
