import { dirname, join, relative } from "@std/path";
import { flushFile, writeWhole } from "../base/part_files.ts";
import { configProblem } from "../base/problem.ts";
import { type CheckedFile, readChecked, writeChecked } from "./checked_file.ts";
import { bytesOf, type OnProgress, writePieces } from "./contents.ts";
import { removeIfThere, removeOldParts } from "./old_parts.ts";
import type { Source, Store } from "./store.ts";
import { checkKey, checkPrefix, isKey } from "./store_key.ts";

/** Where files are until they are whole: on the same disk, so that they can be linked. */
const PARTS = ".parts";

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Opens a file to read; null when there is none. */
async function openIfThere(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Makes a new name in a folder outlast a loss of power. */
async function flushFolder(path: string): Promise<void> {
  // Windows cannot open a folder: its names are flushed when the system does so.
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}

/** The files below a folder, as paths in it with slashes. */
async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) yield* filesBelow(root, path);
      else yield relative(root, path).replaceAll("\\", "/");
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * A store in a folder, which may be on a network file system (NFS); a key is a path in it, so that no key can be the folder
 * of another. A file is written under a random name, flushed, and then linked to its key: link(2) fails where the name is
 * taken, on NFS too, where O_EXCL and locks have not always been safe.
 */
export class FolderStore implements Store {
  readonly #onProgress: OnProgress;

  private constructor(readonly address: string, onProgress: OnProgress) {
    this.#onProgress = onProgress;
  }

  /** Opens a store; its folder is made when it is missing. */
  static async open(folder: string, onProgress: OnProgress = () => {}): Promise<FolderStore> {
    const parts = join(folder, PARTS);
    await Deno.mkdir(parts, { recursive: true });
    await removeOldParts(parts);
    return new FolderStore(folder, onProgress);
  }

  #path(key: string): string {
    return join(this.address, checkKey(key));
  }

  /** Writes a source whole under a random name and hands that to `publish`; it is removed afterwards, if still there. */
  async #writeThen<Result>(
    key: string,
    { source, publish }: { source: Source; publish: (part: string, path: string) => Promise<Result> },
  ): Promise<Result> {
    const part = join(this.address, PARTS, crypto.randomUUID()), path = this.#path(key);
    try {
      using file = await Deno.open(part, { write: true, createNew: true });
      await writeChecked({ ...this.#checked(file, key), name: path }, source);
      await flushFile(file, path);
      await Deno.mkdir(dirname(path), { recursive: true });
      const result = await publish(part, path);
      await flushFolder(dirname(path));
      return result;
    } finally {
      await removeIfThere(part);
    }
  }

  /** Gives a whole file the name of its key; false when that is taken. */
  async #link(part: string, path: string): Promise<boolean> {
    try {
      await Deno.link(part, path);
      return true;
    } catch (error) {
      // An NFS server whose answer was lost is asked again, and then finds the link that it made.
      if (error instanceof Deno.errors.AlreadyExists) return (await Deno.stat(part)).nlink === 2;
      if (error instanceof Deno.errors.NotSupported || error instanceof Deno.errors.PermissionDenied) {
        throw configProblem(
          `Cannot use "${this.address}" as a store: its disk makes no hard links (${error.message})`,
          "Name a folder on another disk, or s3://bucket/prefix",
        );
      }
      throw error;
    }
  }

  async putIfAbsent(key: string, source: Source): Promise<"written" | "exists"> {
    using there = await openIfThere(this.#path(key));
    if (there !== null) return "exists";
    const publish = (part: string, path: string) => this.#link(part, path);
    return await this.#writeThen(key, { source, publish }) ? "written" : "exists";
  }

  async put(key: string, source: Source): Promise<void> {
    await this.#writeThen(key, { source, publish: Deno.rename });
  }

  #checked(file: Deno.FsFile, key: string): CheckedFile {
    return { file, key, name: this.address, onProgress: this.#onProgress };
  }

  async get(key: string, path: string): Promise<boolean> {
    using file = await openIfThere(this.#path(key));
    if (file === null) return false;
    await writeWhole(
      path,
      (target) => readChecked(this.#checked(file, key), (pieces) => writePieces(pieces, target, path)),
    );
    return true;
  }

  async read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    using file = await openIfThere(this.#path(key));
    return file === null ? null : await bytesOf((use) => readChecked(this.#checked(file, key), use));
  }

  async *list(prefix: string): AsyncGenerator<string> {
    const folder = join(this.address, checkPrefix(prefix).slice(0, prefix.lastIndexOf("/") + 1));
    for await (const key of filesBelow(this.address, folder)) {
      if (key.startsWith(prefix) && isKey(key)) yield key;
    }
  }

  async delete(key: string): Promise<void> {
    await removeIfThere(this.#path(key));
  }
}
