import { basename, join, relative, resolve, SEPARATOR } from "@std/path";
import type { Split } from "../base/example.ts";
import { sha256 } from "../base/sha256.ts";

/** Digits of a hash that tell two folders apart. */
const DIGITS = 8;

/** A run's name among all runs: its path below results/, or elsewhere its last name with a hash of its path. */
function runName(trainDir: string): string {
  const below = relative(resolve("results"), resolve(trainDir));
  if (below !== "" && below.split(SEPARATOR)[0] !== "..") return below;
  const path = relative(resolve("."), resolve(trainDir)).replaceAll(SEPARATOR, "/");
  return `${basename(resolve(trainDir))}.${sha256(path).slice(0, DIGITS)}`;
}

/**
 * Where the predictions of a run are written unless a path is given; runs in different folders have different files.
 *
 * @example
 * ```ts
 * import { assertEquals, assertMatch } from "@std/assert";
 * assertEquals(predictionPath("./results/resnet34.0", "test"), "inferences/resnet34.0.test.csv");
 * assertEquals(predictionPath("results/faces/net", "val"), "inferences/faces/net.val.csv");
 * assertMatch(predictionPath("elsewhere/net", "test"), /^inferences\/net\.[0-9a-f]{8}\.test\.csv$/);
 * ```
 */
export function predictionPath(trainDir: string, split: Split): string {
  return join("inferences", `${runName(trainDir)}.${split}.csv`);
}
