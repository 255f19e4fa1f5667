import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { sha256OfFile } from "../base/sha256.ts";
import type { Store } from "../store/store.ts";
import { storeKeys, unitResultSchema } from "./unit.ts";
import { describeFile, filesBelow, type StoredFile } from "./unit_files.ts";

/** The list of a resume point's files: what it names is whole, whatever else lies beside it. */
const LIST = "files.json";
const listSchema = z.strictObject({ files: unitResultSchema.shape.outputs });

/**
 * The resume point of a unit in the store: the files of a training as they were when it saved itself, so that another
 * machine goes on from there. Files are kept by their hashes and the list comes last, so that a worker which dies in
 * between leaves the point before.
 */
export class ResumePoint {
  readonly #prefix: string;
  /** The files that the store has. */
  #stored: readonly StoredFile[] = [];
  /** What was last found at a path, and when that was written: unchanged files are not read again. */
  readonly #seen = new Map<string, { readonly changed: number; readonly file: StoredFile }>();

  /** @param roots files and folders that belong to the unit alone */
  constructor(readonly store: Store, unit: string, readonly roots: readonly string[]) {
    this.#prefix = storeKeys.resume(unit);
  }

  /** Makes the roots what the store has; they stay as they are where it has no resume point. */
  async restore(): Promise<void> {
    const bytes = await this.store.read(this.#prefix + LIST);
    if (bytes === null) return;
    const { files } = listSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    // Two workers that run a unit at once may remove files of each other's point: then it begins anew.
    const isWhole = await this.#fetch(files);
    const known = new Set(isWhole ? files.map(({ path }) => path) : []);
    for (const path of await filesBelow(this.roots)) if (!known.has(path)) await Deno.remove(path);
    if (isWhole) this.#stored = files;
  }

  async #fetch(files: readonly StoredFile[]): Promise<boolean> {
    for (const { path, sha256 } of files) {
      if (await pathExists(path) && await sha256OfFile(path) === sha256) continue;
      if (!(await this.store.get(this.#prefix + sha256, path))) return false;
    }
    return true;
  }

  async #describe(path: string): Promise<StoredFile> {
    const { size, mtime } = await Deno.stat(path), changed = mtime?.getTime() ?? NaN;
    const seen = this.#seen.get(path);
    if (seen && seen.changed === changed && seen.file.bytes === size) return seen.file;
    const file = await describeFile(path);
    this.#seen.set(path, { changed, file });
    return file;
  }

  /** Stores the roots as they are now; what of them is stored already is not sent again. */
  async save(): Promise<void> {
    const files: StoredFile[] = [];
    for (const path of await filesBelow(this.roots)) files.push(await this.#describe(path));
    const sent = new Set(this.#stored.map(({ sha256 }) => sha256));
    for (const { path, sha256 } of files) {
      if (!sent.has(sha256)) await this.store.put(this.#prefix + sha256, { path });
    }
    const list = new TextEncoder().encode(JSON.stringify({ files }) + "\n");
    await this.store.put(this.#prefix + LIST, { bytes: list });
    const kept = new Set(files.map(({ sha256 }) => sha256));
    for (const old of sent.difference(kept)) await this.store.delete(this.#prefix + old);
    this.#stored = files;
  }
}

/** Removes a unit's resume point, when it has a result. */
export async function removeResumePoint(store: Store, unit: string): Promise<void> {
  const prefix = storeKeys.resume(unit);
  // The list first: a resume point without it is none.
  await store.delete(prefix + LIST);
  for (const key of await Array.fromAsync(store.list(prefix))) await store.delete(key);
}
