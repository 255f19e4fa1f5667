import { join } from "@std/path";
import { pathExists } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { sha256OfFile } from "../base/sha256.ts";
import type { Store } from "../store/store.ts";
import { OWNER_FILE } from "./run_owner.ts";
import { storeKeys, type Unit, type UnitResult } from "./unit.ts";

/** A file with the hash and length of its content. */
export type StoredFile = UnitResult["outputs"][number];

/** Files of a folder that are no result: locks, marks, and what is being written. */
function isPassing(name: string): boolean {
  return name === ".lock" || name === OWNER_FILE || name.endsWith(".part");
}

/** The files at and below some paths, sorted; a path that is missing has none. */
export async function filesBelow(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await pathExists(path))) continue;
    if (!(await Deno.stat(path)).isDirectory) {
      found.push(path);
      continue;
    }
    for await (const { name } of Deno.readDir(path)) {
      if (!isPassing(name)) found.push(...await filesBelow([join(path, name)]));
    }
  }
  return found.sort();
}

/** A file as it is now. */
export async function describeFile(path: string): Promise<StoredFile> {
  const { size: bytes } = await Deno.stat(path);
  return { path, sha256: await sha256OfFile(path), bytes };
}

async function isThere({ path, sha256, bytes }: StoredFile): Promise<boolean> {
  if (!(await pathExists(path)) || (await Deno.stat(path)).size !== bytes) return false;
  return await sha256OfFile(path) === sha256;
}

/**
 * Puts the outputs of a unit at their places in the project; those that are there stay.
 *
 * @param wanted which of them
 * @throws a data problem where the store has lost one
 */
export async function placeOutputs(
  store: Store,
  { id, outputs }: UnitResult,
  wanted: (path: string) => boolean = () => true,
): Promise<void> {
  for (const output of outputs) {
    const { path, sha256 } = output;
    if (!wanted(path) || await isThere(output)) continue;
    if (await store.get(storeKeys.blob(sha256), path)) continue;
    throw dataProblem(
      `Cannot fetch "${path}" of ${id}: the store ${store.address} has lost its content`,
      `Remove ${storeKeys.result(id)} from the store and run the unit again`,
    );
  }
}

/** Throws a data problem where a file that a unit reads is not the one that was planned with. */
export async function checkInputs({ inputs }: Unit): Promise<void> {
  for (const { path, sha256 } of inputs) {
    if (await pathExists(path) && await sha256OfFile(path) === sha256) continue;
    const what = await pathExists(path) ? "has changed since it was planned" : "is not here";
    throw dataProblem(
      `Cannot run the unit: "${path}" ${what}`,
      "Bring the files that were planned with, or plan again",
    );
  }
}
