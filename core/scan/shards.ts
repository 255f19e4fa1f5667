import { join } from "@std/path";
import { listFiles, writeChunksAtomic } from "../base/files.ts";
import type { ImageFiles } from "../base/example.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { HashCache, KnownFiles } from "./hash_cache.ts";
import { type FileEntry, formatEntry } from "./file_entry.ts";
import { EntryFile } from "./entry_file.ts";

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

/** Where a part is kept. The key stands for hashes and channels. */
export function shardPath(dir: string, key: string, shard: Shard): string {
  return join(dir, `hashes.${key}.${shard.index}-of-${shard.count}.jsonl`);
}

/** Notes the files of a part on their way into the cache, and copies their entries from there at the end. */
export class ShardWriter implements KnownFiles {
  readonly #files: string[] = [];

  constructor(readonly path: string, readonly cache: HashCache) {}

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

  *#lines(): Generator<string> {
    let last: string | null = null;
    for (const file of this.#files.sort()) {
      const entry = file === last ? undefined : this.cache.latest(file);
      if (entry) yield formatEntry(entry) + "\n";
      last = file;
    }
  }

  /** Writes the part, sorted by file. */
  async close(): Promise<void> {
    this.cache.flush();
    await writeChunksAtomic(this.path, this.#lines());
    await this.cache.close();
  }
}

/** All parts together. Times of change may differ from machine to machine, so sizes alone are compared. */
export class MergedShards implements KnownFiles {
  private constructor(readonly dir: string, readonly parts: readonly EntryFile[]) {}

  /** Opens the parts in a folder. Throws a data problem when some are missing or two sets are there. */
  static async open(dir: string, key: string): Promise<MergedShards> {
    const parts: EntryFile[] = [];
    for (const name of await completeSet(dir, key)) {
      const path = join(dir, name);
      const onBroken = () => {
        throw dataProblem(`Cannot merge "${path}": it has a broken line`, "Hash that part again");
      };
      parts.push(await EntryFile.open(path, onBroken));
    }
    return new MergedShards(dir, parts);
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

  /** There is nothing to end. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function completeSet(dir: string, key: string): Promise<string[]> {
  const sets = new Map<number, Map<number, string>>();
  for (const name of await listFiles(dir)) {
    const match = /^hashes\.(\w+)\.(\d+)-of-(\d+)\.jsonl$/.exec(name);
    if (!match || match[1] !== key) continue;
    const parts = sets.get(Number(match[3])) ?? new Map<number, string>();
    sets.set(Number(match[3]), parts.set(Number(match[2]), name));
  }
  if (sets.size === 0) {
    throw dataProblem(
      `Cannot merge: "${dir}" has no parts hashes.${key}.*.jsonl for these hashes and channels`,
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
