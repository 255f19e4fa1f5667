import type { DatabaseSync } from "node:sqlite";
import type { FileEntry } from "./file_entry.ts";
import { openDatabase } from "./database.ts";
import { EntryTable } from "./entry_table.ts";

/** Entries written to disk at once: what a kill can cost. */
const BATCH = 64;

/** What a scan asks before it opens a file. */
export interface KnownFiles {
  /** The entry of a file that has not changed since. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined;
  /** An entry of the same bytes under any name, if one is known. */
  getContent(content: string): FileEntry | undefined;
  /** Keeps an entry. */
  put(entry: FileEntry): void;
  /** Told when every file was gone over. */
  finish?(): void;
  /** Ends the scan, whole or not. */
  close(): void;
}

/** How a cache is opened. */
export interface HashCacheOptions {
  /** Stands for hashes and channels: what was found out about others is kept apart. */
  readonly key: string;
  /** Told when the file is damaged. */
  warn(text: string): void;
}

/**
 * What earlier scans found out. An entry counts while size and time of change are the same; a file that was renamed or
 * touched is recognised by the digest of its bytes and not decoded again. The first scan of all asks nothing and only writes,
 * so files of equal bytes are each decoded then.
 */
export class HashCache implements KnownFiles {
  readonly #database: DatabaseSync;
  readonly #entries: EntryTable;
  /** Whether there was anything to ask for when it was opened; a first scan only writes. */
  readonly #hasEntries: boolean;
  #waiting: FileEntry[] = [];

  /** Opens a cache, or begins one; `openDatabase` says what becomes of a damaged file. */
  constructor(path: string, { key, warn }: HashCacheOptions) {
    this.#entries = openDatabase(path, warn, (database) => new EntryTable(database, key));
    this.#database = this.#entries.database;
    this.#hasEntries = !this.#entries.isEmpty();
  }

  /** The entry of a file that has not changed since. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined {
    const entry = this.#hasEntries ? this.#entries.ofFile(file) : undefined;
    return entry && entry.size === stat.size && entry.changed === stat.changed ? entry : undefined;
  }

  /** An entry of the same bytes under any name. */
  getContent(content: string): FileEntry | undefined {
    return this.#hasEntries ? this.#entries.ofContent(content) : undefined;
  }

  /** The entry of a file, whether it has changed since or not. */
  latest(file: string): FileEntry | undefined {
    return this.#entries.ofFile(file);
  }

  /** Keeps an entry; it reaches the disk with the next batch. */
  put(entry: FileEntry): void {
    this.#waiting.push(entry);
    if (this.#waiting.length >= BATCH) this.flush();
  }

  /** Writes what is waiting. */
  flush(): void {
    this.#entries.write(this.#waiting);
    this.#waiting = [];
  }

  /** Writes what is waiting, and closes the file. */
  close(): void {
    this.flush();
    this.#database.close();
  }
}
