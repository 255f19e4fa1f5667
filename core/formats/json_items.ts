import { dataProblem } from "../base/problem.ts";
import { readChunks } from "../base/read_file.ts";

/** Bytes of items that are parsed at once. */
const BLOCK = 1 << 16;
/** Most bytes of one item. */
const LARGEST_ITEM = 2 ** 26;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** An item of a list, with the key of the list; the key is empty where the document is a list. */
export type JsonItem = readonly [list: string, item: unknown];

/** Goes through a document byte by byte, and parses the items of its lists. */
class ItemScanner {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The last string outside of lists: a key once its colon follows. */
  #text: number[] = [];
  #key = "";
  /** Depth within the list whose items are taken; 0 outside of lists. */
  #listDepth = 0;
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #gathered = 0;

  /** The items that are complete with these bytes. Throws a SyntaxError on what is no JSON. */
  *take(bytes: Uint8Array<ArrayBuffer>): Generator<JsonItem> {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#inString) this.#continueString(byte);
      else if (this.#listDepth > 0) {
        if (this.#endsBlock(byte, at - start)) {
          yield* this.#parse(bytes.subarray(start, at));
          start = at + 1;
        }
        this.#step(byte);
      } else {
        this.#step(byte);
        if (this.#opensList(byte)) {
          this.#listDepth = this.#depth;
          start = at + 1;
        }
      }
    }
    if (this.#listDepth > 0) this.#gather(bytes.slice(start));
  }

  /** Throws a SyntaxError when the document is not at its end. */
  end(): void {
    if (this.#depth !== 0 || this.#inString) throw new SyntaxError("it ends in the middle");
  }

  #continueString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
    if (this.#inString && this.#listDepth === 0 && this.#text.length < BLOCK) this.#text.push(byte);
  }

  #step(byte: number): void {
    if (byte === QUOTE) [this.#inString, this.#text] = [true, this.#listDepth === 0 ? [] : this.#text];
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--;
    else if (byte === COLON && this.#depth === 1) {
      this.#key = JSON.parse(`"${new TextDecoder().decode(Uint8Array.from(this.#text))}"`) as string;
    }
    if (this.#depth < this.#listDepth) this.#listDepth = 0;
    if (this.#depth < 0) throw new SyntaxError("a bracket is closed that was not opened");
  }

  /** Whether a byte that was stepped over opens a list of the document, or the document as a list. */
  #opensList(byte: number): boolean {
    return byte === OPEN_LIST && (this.#depth === 1 || this.#depth === 2);
  }

  /** Whether items end before this byte, and are enough to be parsed. */
  #endsBlock(byte: number, length: number): boolean {
    if (this.#depth !== this.#listDepth) return false;
    return byte === CLOSE_LIST || byte === COMMA && this.#gathered + length >= BLOCK;
  }

  #gather(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(bytes);
    this.#gathered += bytes.length;
    if (this.#gathered > LARGEST_ITEM) throw new SyntaxError(`an item has more than ${LARGEST_ITEM} bytes`);
  }

  *#parse(last: Uint8Array<ArrayBuffer>): Generator<JsonItem> {
    this.#parts.push(last);
    const decoder = new TextDecoder();
    const text = this.#parts.map((part) => decoder.decode(part, { stream: true })).join("") +
      decoder.decode();
    this.#parts.length = this.#gathered = 0;
    const key = this.#key;
    for (const item of JSON.parse(`[${text}]`) as unknown[]) yield [key, item];
  }
}

/**
 * The items of the lists in a JSON document that is an object of lists, or a list, one by one: the document is never in
 * memory whole. Values of the object that are no lists are passed over.
 *
 * @throws a data problem on a file that is missing, too large (2 GiB), or no JSON; a list within an object of the document
 * is passed over
 */
export function* readJsonItems(path: string, next: string): Generator<JsonItem> {
  const scanner = new ItemScanner();
  try {
    for (const bytes of readChunks(path, "table")) yield* scanner.take(bytes);
    scanner.end();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw dataProblem(`Cannot read "${path}": there is no such file`, next);
    }
    if (!(error instanceof SyntaxError)) throw error;
    throw dataProblem(`Cannot read "${path}": it is no JSON file: ${error.message}`, next);
  }
}
