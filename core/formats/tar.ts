import { dataProblem } from "../base/problem.ts";

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

/** Reads a stream in pieces of the length asked for. */
class ByteReader {
  #rest: Uint8Array = new Uint8Array(0);
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** At most `limit` bytes; empty at the end. */
  async some(limit: number): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return this.#rest;
      this.#rest = value;
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
      if (piece.length === 0) {
        throw dataProblem("Cannot read the archive: it ends too early", "Download it again");
      }
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
}

function textField(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function checkHeader(header: Uint8Array): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 32 : header[index]!;
  if (sum !== parseInt(textField(header, 148, 8).trim(), 8)) {
    throw dataProblem("Cannot read the archive: it is not a tar file", "Download it again");
  }
}

/** The files and symbolic links of a tar stream (ustar, with GNU long names), in order. */
export async function* readTar(stream: ReadableStream<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(stream);
  let longName: string | null = null;
  while (true) {
    const header = await reader.exactly(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    checkHeader(header);
    const size = parseInt(textField(header, 124, 12).trim() || "0", 8);
    const type = String.fromCharCode(header[156]!);
    const content = reader.take(size);
    if (type === "L") longName = textField(await collect(content, size), 0, size);
    else if (type === "0" || type === "\0" || type === "2") {
      const prefix = textField(header, 345, 155);
      const short = prefix ? `${prefix}/${textField(header, 0, 100)}` : textField(header, 0, 100);
      const link = type === "2" ? textField(header, 157, 100) : null;
      yield { name: longName ?? short, size, link, content };
      longName = null;
    }
    for await (const _skipped of content);
    await reader.exactly((BLOCK - size % BLOCK) % BLOCK);
  }
}

async function collect(content: AsyncGenerator<Uint8Array>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const piece of content) {
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return bytes;
}
