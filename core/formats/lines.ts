/** Where a line is in its file, in bytes, without its line feed. */
export interface LinePlace {
  readonly start: number;
  readonly length: number;
}

const LINE_FEED = 10;
/** Bytes read at once when all lines are read, and when single lines are read again. */
const BLOCK = 1 << 18, WINDOW = 1 << 16;
const decoder = new TextDecoder();

/** Calls `use` with each line of a file; the last one may lack its line feed. */
export function forEachLine(path: string, use: (line: string, place: LinePlace) => void): void {
  using file = Deno.openSync(path, { read: true });
  let held = new Uint8Array(BLOCK), filled = 0, start = 0;
  for (;;) {
    if (filled === held.length) held = withRoom(held);
    const read = file.readSync(held.subarray(filled));
    if (read === null) break;
    filled += read;
    let from = 0;
    for (let end = held.indexOf(LINE_FEED); end >= 0 && end < filled; end = held.indexOf(LINE_FEED, from)) {
      use(decoder.decode(held.subarray(from, end)), { start: start + from, length: end - from });
      from = end + 1;
    }
    held.copyWithin(0, from, filled);
    filled -= from;
    start += from;
    // Bytes behind the filled part are cleared, so that the search finds no line feed of an earlier block there.
    held.fill(0, filled);
  }
  if (filled > 0) use(decoder.decode(held.subarray(0, filled)), { start, length: filled });
}

function withRoom(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

/** Reads lines of a file again by their place; lines close to each other cost one read. */
export class LineReader {
  #window = new Uint8Array(WINDOW);
  #start = 0;
  #filled = 0;

  constructor(readonly path: string) {}

  /** The text at a place; shorter where the file has become shorter. */
  read({ start, length }: LinePlace): string {
    const inside = start >= this.#start && start + length <= this.#start + this.#filled;
    if (!inside) this.#fill(start, length);
    const from = start - this.#start;
    return decoder.decode(this.#window.subarray(from, Math.min(from + length, this.#filled)));
  }

  #fill(start: number, length: number): void {
    using file = Deno.openSync(this.path, { read: true });
    file.seekSync(start, Deno.SeekMode.Start);
    if (length > this.#window.length) this.#window = new Uint8Array(2 * length);
    [this.#start, this.#filled] = [start, 0];
    while (this.#filled < this.#window.length) {
      const read = file.readSync(this.#window.subarray(this.#filled));
      if (read === null) break;
      this.#filled += read;
    }
  }
}
