import { dataProblem, type Problem } from "../base/problem.ts";

/** A regular file or a symbolic link inside a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** What a symbolic link points to; null for a file. */
  readonly link: string | null;
  /** The file's bytes, in pieces; read them all before the next entry, or none. */
  readonly content: AsyncGenerator<Uint8Array>;
}

const BLOCK = 512;

/** The longest name of an entry that is read, in bytes; longer than any system's paths. */
const LONGEST_NAME = 65_536;

function broken(reason: string): Problem {
  return dataProblem(`Cannot read the archive: ${reason}`, "Download it again");
}

/** Reads pieces in the lengths asked for. */
class ByteReader {
  #rest: Uint8Array = new Uint8Array(0);
  readonly #pieces: AsyncIterator<Uint8Array>;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** At most `limit` bytes; empty at the end. */
  async some(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) return this.#rest;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly so many bytes, piece by piece. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      const piece = await this.some(left);
      if (piece.length === 0) throw broken("it ends too early");
      left -= piece.length;
      yield piece;
    }
  }

  async exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const piece of this.take(length)) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  /** Reads what is left, so that checks at the very end (a checksum of gzip) are made. */
  async finish(): Promise<void> {
    while ((await this.some(BLOCK)).length > 0);
  }

  /** Tells the source that no more is read. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

function textField(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function checkHeader(header: Uint8Array): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 32 : header[index]!;
  if (sum !== parseInt(textField(header, 148, 8).trim(), 8)) throw broken("it is not a tar file");
}

function sizeOf(header: Uint8Array): number {
  const text = textField(header, 124, 12).trim();
  if (!/^[0-7]*$/.test(text)) throw broken("the size of an entry is no number, or above 8 GB");
  return text === "" ? 0 : parseInt(text, 8);
}

async function longNameOf(reader: ByteReader, size: number): Promise<string> {
  if (size > LONGEST_NAME) throw broken(`the name of an entry has ${size} bytes`);
  return textField(await reader.exactly(size), 0, size);
}

function shortNameOf(header: Uint8Array): string {
  const prefix = textField(header, 345, 155);
  return prefix ? `${prefix}/${textField(header, 0, 100)}` : textField(header, 0, 100);
}

async function* entriesOf(reader: ByteReader): AsyncGenerator<TarEntry> {
  let longName: string | null = null;
  while (true) {
    const header = await reader.exactly(BLOCK);
    if (header.every((byte) => byte === 0)) return await reader.finish();
    checkHeader(header);
    const size = sizeOf(header);
    const type = String.fromCharCode(header[156]!);
    if (type === "L") longName = await longNameOf(reader, size);
    else {
      const content = reader.take(size);
      if (type === "0" || type === "\0" || type === "2") {
        const link = type === "2" ? textField(header, 157, 100) : null;
        yield { name: longName ?? shortNameOf(header), size, link, content };
      }
      longName = null;
      for await (const _skipped of content);
    }
    await reader.exactly((BLOCK - size % BLOCK) % BLOCK);
  }
}

/**
 * The files and symbolic links of a tar archive (ustar, with GNU long names), in order. Names are as the archive
 * gives them: {@link entryPath} checks them.
 *
 * @throws Problem (data) when it is no tar archive or a broken one
 */
export async function* readTar(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(pieces);
  try {
    yield* entriesOf(reader);
  } finally {
    await reader.close();
  }
}
