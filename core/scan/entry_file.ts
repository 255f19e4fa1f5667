import { dirname } from "@std/path";
import { pathExists } from "../base/files.ts";
import { entryKeys, type FileEntry, formatEntry, parseEntry } from "./file_entry.ts";
import { KeyIndex } from "./key_index.ts";
import { forEachLine, LineReader } from "../formats/lines.ts";

/** Columns of numbers that grow. */
class Places {
  count = 0;
  #starts = new Float64Array(1024);
  #lengths = new Uint32Array(1024);

  push(start: number, length: number): void {
    if (this.count === this.#starts.length) {
      const [starts, lengths] = [this.#starts, this.#lengths];
      this.#starts = new Float64Array(2 * this.count);
      this.#lengths = new Uint32Array(2 * this.count);
      this.#starts.set(starts);
      this.#lengths.set(lengths);
    }
    this.#starts[this.count] = start;
    this.#lengths[this.count++] = length;
  }

  at(index: number) {
    return { start: this.#starts[index]!, length: this.#lengths[index]! };
  }
}

const encoder = new TextEncoder();

/**
 * An append-only file with one line an entry. In memory is only where the lines stand, by file and by content; an entry is
 * read when it is asked for. A later line about a file takes the place of an earlier one.
 */
export class EntryFile {
  readonly #byFile = new KeyIndex();
  readonly #byContent = new KeyIndex();
  readonly #places = new Places();
  readonly #reader: LineReader;
  #pending: string[] = [];
  #endsInsideLine = false;
  /** Lines in the file, broken ones too. */
  lines = 0;

  private constructor(readonly path: string) {
    this.#reader = new LineReader(path);
  }

  /** Opens a file; a missing one is empty. A line that is no entry is passed over, once `onBroken` has been told. */
  static async open(path: string, onBroken?: () => void): Promise<EntryFile> {
    const opened = new EntryFile(path);
    if (!(await pathExists(path))) return opened;
    let end = 0;
    forEachLine(path, (line, { start, length }) => {
      opened.lines++;
      end = start + length;
      const keys = entryKeys(line);
      if (!keys) return onBroken?.();
      opened.#index(keys);
      opened.#places.push(start, length);
    });
    opened.#endsInsideLine = end > 0 && end === (await Deno.stat(path)).size;
    return opened;
  }

  /** How many files there are entries of. */
  get files(): number {
    return this.#byFile.size;
  }

  /** How many entries wait to be written. */
  get waiting(): number {
    return this.#pending.length;
  }

  #index({ file, content }: Pick<FileEntry, "file" | "content">): void {
    const number = this.#places.count + this.#pending.length;
    this.#byFile.set(file, number);
    this.#byContent.set(content, number);
  }

  #entryAt(number: number | undefined): FileEntry | null {
    if (number === undefined) return null;
    const waiting = this.#pending[number - this.#places.count];
    return parseEntry(waiting ?? this.#reader.read(this.#places.at(number)));
  }

  /** The latest entry of a file. */
  ofFile(file: string): FileEntry | undefined {
    const entry = this.#entryAt(this.#byFile.get(file));
    return entry?.file === file ? entry : undefined;
  }

  /** The latest entry of files with this content. */
  ofContent(content: string): FileEntry | undefined {
    const entry = this.#entryAt(this.#byContent.get(content));
    return entry?.content === content ? entry : undefined;
  }

  /** Adds an entry, to be written by the next `flush`. */
  put(entry: FileEntry): void {
    this.#index(entry);
    this.#pending.push(formatEntry(entry));
  }

  /** Appends what waits to the file. */
  flush(): void {
    if (this.#pending.length === 0) return;
    Deno.mkdirSync(dirname(this.path), { recursive: true });
    const lines = this.#pending.map((line) => encoder.encode(line + "\n"));
    const text = encoder.encode((this.#endsInsideLine ? "\n" : "") + this.#pending.join("\n") + "\n");
    using file = Deno.openSync(this.path, { append: true, create: true });
    for (let written = 0; written < text.length;) written += file.writeSync(text.subarray(written));
    const end = file.seekSync(0, Deno.SeekMode.Current);
    let start = end - lines.reduce((sum, { length }) => sum + length, 0);
    for (const { length } of lines) {
      this.#places.push(start, length - 1);
      start += length;
    }
    this.lines += lines.length;
    this.#pending = [];
    this.#endsInsideLine = false;
  }

  /** Forgets where the lines stand; the file stays. */
  close(): void {
    this.#byFile.clear();
    this.#byContent.clear();
  }

  /** The latest line of each file, in the order of the file. */
  *latest(): Generator<string> {
    for (const number of this.#byFile.values()) {
      const entry = this.#entryAt(number);
      if (entry) yield formatEntry(entry) + "\n";
    }
  }
}
