import { join } from "@std/path";
import { listFiles } from "../base/files.ts";
import type { ImageFiles } from "../base/example.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { HashCache, KnownFiles } from "./hash_cache.ts";
import { isDamage, readDatabase, writeDatabase } from "./database.ts";
import { EntryTable } from "./entry_table.ts";
import type { FileEntry } from "./file_entry.ts";

/** Part `index` of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The pictures of a part: every `count`-th in sorted order. Throws a config problem when there is no such part. */
export function takeShard(images: readonly ImageFiles[], shard: Shard): ImageFiles[] {
  if (!(shard.index >= 1 && shard.index <= shard.count)) {
    throw configProblem(
      `Cannot hash part ${shard.index} of ${shard.count}: parts are numbered from 1 to their count`,
    );
  }
  return images.filter((_, place) => place % shard.count === shard.index - 1);
}

/** Where a part belongs. */
export interface ShardPlace {
  readonly dir: string;
  /** Stands for hashes and channels. */
  readonly key: string;
  readonly shard: Shard;
}

/** The file that a part is kept in. */
export function shardPath({ dir, key, shard }: ShardPlace): string {
  return join(dir, `hashes.${key}.${shard.index}-of-${shard.count}.sqlite`);
}

/** Notes the files of a part on their way into the cache, and copies their entries from there at the end. */
export class ShardWriter implements KnownFiles {
  readonly #files: string[] = [];

  constructor(readonly cache: HashCache, readonly place: ShardPlace) {}

  /** The cache's entry; it goes into the part too. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined {
    const entry = this.cache.get(file, stat);
    if (entry) this.#files.push(file);
    return entry;
  }

  /** The cache's entry. */
  getContent(content: string): FileEntry | undefined {
    return this.cache.getContent(content);
  }

  /** Keeps an entry in both. */
  put(entry: FileEntry): void {
    this.#files.push(entry.file);
    this.cache.put(entry);
  }

  *#entries(): Generator<FileEntry> {
    let last: string | null = null;
    for (const file of this.#files.sort()) {
      const entry = file === last ? undefined : this.cache.latest(file);
      if (entry) yield entry;
      last = file;
    }
  }

  /** Writes the part, sorted by file. */
  finish(): void {
    this.cache.flush();
    const { key } = this.place;
    writeDatabase(shardPath(this.place), (database) => new EntryTable(database, key).write(this.#entries()));
  }

  /** Closes the cache. */
  close(): void {
    this.cache.close();
  }
}

function openPart(path: string, key: string): EntryTable {
  try {
    return readDatabase(path, (database) => new EntryTable(database, key));
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw dataProblem(`Cannot merge "${path}": it is damaged`, "Hash that part again");
  }
}

/** All parts together. Times of change may differ from machine to machine, so sizes alone are compared. */
export class MergedShards implements KnownFiles {
  private constructor(readonly dir: string, readonly parts: readonly EntryTable[]) {}

  /** Opens the parts in a folder. Throws a data problem when some are missing or damaged, or two sets are there. */
  static async open(dir: string, key: string): Promise<MergedShards> {
    const names = await completeSet(dir, key);
    return new MergedShards(dir, names.map((name) => openPart(join(dir, name), key)));
  }

  #latest(file: string): FileEntry | undefined {
    for (const part of this.parts) {
      const entry = part.ofFile(file);
      if (entry) return entry;
    }
    return undefined;
  }

  /** The entry of a file. Throws a data problem when no part knows it as it is now. */
  get(file: string, stat: { readonly size: number }): FileEntry | undefined {
    const entry = this.#latest(file);
    if (entry && entry.size === stat.size) return entry;
    const what = entry ? `has ${stat.size} bytes now and had ${entry.size}` : "is in none of them";
    throw dataProblem(
      `Cannot merge the parts in "${this.dir}": "${file}" ${what}`,
      "Hash the parts again with --shard",
    );
  }

  /** Nothing is looked up by content. */
  getContent(): undefined {}

  /** Nothing new comes up in a merge. */
  put(): void {}

  /** Closes the parts. */
  close(): void {
    for (const { database } of this.parts) database.close();
  }
}

async function completeSet(dir: string, key: string): Promise<string[]> {
  const sets = new Map<number, Map<number, string>>();
  for (const name of await listFiles(dir)) {
    const match = /^hashes\.(\w+)\.(\d+)-of-(\d+)\.sqlite$/.exec(name);
    if (!match || match[1] !== key) continue;
    const parts = sets.get(Number(match[3])) ?? new Map<number, string>();
    sets.set(Number(match[3]), parts.set(Number(match[2]), name));
  }
  if (sets.size === 0) {
    throw dataProblem(
      `Cannot merge: "${dir}" has no parts hashes.${key}.*.sqlite for these hashes and channels`,
      "Run every part first, such as --shard=1/2 and --shard=2/2, with the same --channels and --hash_size",
    );
  }
  if (sets.size > 1) {
    const counts = [...sets.keys()].sort((a, b) => a - b).join(" and ");
    throw dataProblem(`Cannot merge: "${dir}" has parts of ${counts}`, "Remove the set that is outdated");
  }
  const [[count, parts]] = [...sets] as [[number, Map<number, string>]];
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !parts.has(index));
  if (missing.length > 0) {
    throw dataProblem(
      `Cannot merge: of ${count} parts in "${dir}" ${missing.join(", ")} are missing`,
      "Run them with --shard",
    );
  }
  return [...parts.values()];
}
