import { dirname } from "@std/path";
import { pathExists, writeFileAtomic } from "../files.ts";
import { type FileEntry, formatEntry, parseEntry } from "./entry.ts";

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

/** The lines of a text file, one at a time: a cache of a million files is never in memory as text. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const file = await Deno.open(path, { read: true });
  let rest = "";
  for await (const part of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function endsInsideLine(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  if (size === 0) return false;
  await file.seek(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] !== 10;
}

/**
 * What earlier scans found out, in an append-only file with one line a file. An entry counts while size and time of
 * change are the same; a file that was renamed or touched is recognised by the digest of its bytes and not decoded again.
 * A line cut off by a kill is passed over.
 */
export class HashCache implements KnownFiles {
  readonly #byFile = new Map<string, FileEntry>();
  readonly #byContent = new Map<string, FileEntry>();
  #pending: string[] = [];
  #lines = 0;
  #startsInsideLine = false;

  private constructor(readonly path: string) {}

  /** Opens a cache; a missing file is an empty one. */
  static async open(path: string): Promise<HashCache> {
    const cache = new HashCache(path);
    if (!(await pathExists(path))) return cache;
    for await (const line of readLines(path)) {
      cache.#lines++;
      const entry = parseEntry(line);
      if (entry) cache.#remember(entry);
    }
    cache.#startsInsideLine = await endsInsideLine(path);
    return cache;
  }

  #remember(entry: FileEntry): void {
    this.#byFile.set(entry.file, entry);
    this.#byContent.set(entry.content, entry);
  }

  /** The entry of a file that has not changed since. */
  get(file: string, stat: { readonly size: number; readonly changed: number }): FileEntry | undefined {
    const entry = this.#byFile.get(file);
    return entry && entry.size === stat.size && entry.changed === stat.changed ? entry : undefined;
  }

  /** An entry of the same bytes under any name. */
  getContent(content: string): FileEntry | undefined {
    return this.#byContent.get(content);
  }

  /** Keeps an entry; it reaches the disk with the next batch. */
  put(entry: FileEntry): void {
    this.#remember(entry);
    this.#pending.push(formatEntry(entry));
    if (this.#pending.length >= BATCH) this.flush();
  }

  /** Writes what is pending. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const text = (this.#startsInsideLine ? "\n" : "") + this.#pending.join("\n") + "\n";
    this.#startsInsideLine = false;
    this.#lines += this.#pending.length;
    this.#pending = [];
    Deno.mkdirSync(dirname(this.path), { recursive: true });
    Deno.writeTextFileSync(this.path, text, { append: true });
  }

  /** Writes what is pending; a file of mostly outdated lines is written anew. */
  async close(): Promise<void> {
    this.flush();
    if (this.#lines <= 2 * this.#byFile.size + BATCH) return;
    const lines = [...this.#byFile.values()].map((entry) => formatEntry(entry) + "\n");
    await writeFileAtomic(this.path, lines.join(""));
  }
}
