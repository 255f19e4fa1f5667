import { writeChunksAtomic } from "../base/files.ts";
import type { FileEntry } from "./file_entry.ts";
import { EntryFile } from "./entry_file.ts";

/** Entries written to disk at once: what a kill can cost. */
const BATCH = 64;

/** What a scan asks before it opens a file. */
export interface KnownFiles {
  /** The entry of a file that has not changed since. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined;
  /** An entry of the same bytes under any name. */
  getContent(content: string): FileEntry | undefined;
  /** Keeps an entry. */
  put(entry: FileEntry): void;
  /** Ends the scan. */
  close(): Promise<void>;
}

/**
 * What earlier scans found out, in an append-only file with one line a file. An entry counts while size and time of
 * change are the same; a file that was renamed or touched is recognised by the digest of its bytes and not decoded again.
 * A line cut off by a kill is passed over. Entries stay on disk: memory holds about 40 bytes a file, whatever is known about it.
 */
export class HashCache implements KnownFiles {
  readonly #entries: EntryFile;

  private constructor(readonly path: string, entries: EntryFile) {
    this.#entries = entries;
  }

  /** Opens a cache; a missing file is an empty one. */
  static async open(path: string): Promise<HashCache> {
    return new HashCache(path, await EntryFile.open(path));
  }

  /** The entry of a file that has not changed since. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined {
    const entry = this.#entries.ofFile(file);
    return entry && entry.size === stat.size && entry.changed === stat.changed ? entry : undefined;
  }

  /** An entry of the same bytes under any name. */
  getContent(content: string): FileEntry | undefined {
    return this.#entries.ofContent(content);
  }

  /** The latest entry of a file, whether it has changed since or not. */
  latest(file: string): FileEntry | undefined {
    return this.#entries.ofFile(file);
  }

  /** Keeps an entry; it reaches the disk with the next batch. */
  put(entry: FileEntry): void {
    this.#entries.put(entry);
    if (this.#entries.waiting >= BATCH) this.flush();
  }

  /** Writes what is pending. */
  flush(): void {
    this.#entries.flush();
  }

  /** Writes what is pending; a file of mostly outdated lines is written anew. Nothing is known afterwards. */
  async close(): Promise<void> {
    this.flush();
    const { lines, files } = this.#entries;
    if (lines > 2 * files + BATCH) await writeChunksAtomic(this.path, this.#entries.latest());
    this.#entries.close();
  }
}
