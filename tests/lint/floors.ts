/**
 * The floors of the house: which room may import which. A room imports rooms of lower floors and itself, never a room of
 * its own floor or a higher one. The lint and the check of `deno task ok` read this table.
 */
import { dirname, join, normalize, relative } from "@std/path";

/** Rooms by floor, the ground floor first. A room is a folder of core/, a folder beside it, or one file at the top. */
export const FLOORS: readonly (readonly string[])[] = [
  ["core/base"],
  ["core/formats"],
  ["core/image", "core/nn", "core/report"],
  ["core/plugin"],
  ["core/hash", "core/layout", "core/optim", "core/tensorflow", "core/wasm", "core/weights"],
  ["core/config", "core/data", "core/scan"],
  ["core/duplicates", "core/experiment", "core/run_folder"],
  ["core/split", "core/train"],
  ["core/average", "core/cache", "core/predict", "core/preview", "core/rate", "core/search"],
  ["core/export", "core/submit"],
  ["core/demo"],
  ["plugin.ts", "network.ts"],
  ["plugins", "mod.ts", "core/cli"],
  ["tasks"],
];

/** Most files directly in a room or in one of its sub-rooms. */
export const ROOM_FILES = 20;

/** The project's folder. */
export const ROOT = join(import.meta.dirname!, "..", "..");

/** The room that a file (relative to the project) is in; null for files outside the house, such as tests. */
export function roomOf(file: string): string | null {
  const [first, second] = file.split("/");
  if (first === "core") return `core/${second}`;
  return FLOORS.flat().includes(first!) ? first! : null;
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** The file, relative to the project, that a specifier of another file means; null for packages. */
export function resolveImport(file: string, specifier: string): string | null {
  if (specifier.startsWith("file:")) return relative(ROOT, new URL(specifier).pathname);
  if (specifier.startsWith("/")) return relative(ROOT, specifier);
  return specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : null;
}

/** What is wrong with an import from one file to another, both relative to the project; null when nothing is. */
export function arrowProblem(from: string, to: string): string | null {
  const [own, other] = [roomOf(from), roomOf(to)];
  if (own === null || own === other) return null;
  if (other === null) return `${own} imports "${to}", which is outside the house`;
  if (floorOf(own) < 0) return `${own} has no floor: give it one in tests/lint/floors.ts`;
  if (floorOf(other) < 0) return `${other} has no floor: give it one in tests/lint/floors.ts`;
  if (floorOf(other) < floorOf(own)) return null;
  return `${own} (floor ${floorOf(own)}) imports ${other} (floor ${floorOf(other)}): arrows run down only`;
}

/** Files that import each other in a ring, one ring for each that is found; type imports count. */
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

/** Folders of core/ and plugins/ that hold more files than a room should, with their number. */
export function crowdedRooms(
  files: readonly string[],
): { readonly folder: string; readonly files: number }[] {
  const counts = new Map<string, number>();
  for (const file of files.filter((file) => file.startsWith("core/"))) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > ROOM_FILES).map(([folder, files]) => ({ folder, files }));
}
