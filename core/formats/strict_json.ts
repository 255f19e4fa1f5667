import { quoted } from "../base/quoted.ts";

/** A JSON value whose objects are Maps, so that no key (`__proto__`) is special and duplicates are seen. */
export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

const DEEPEST = 64;
/** Values of a document: the header of a weight file has seven for each tensor, and a byte of text may stand for a list. */
const MOST_VALUES = 2 ** 20;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /true|false|null/y;

function parseToken(token: string): string | null {
  try {
    return JSON.parse(token) as string;
  } catch {
    return null; // a control character or an unknown escape
  }
}

/** Reads one text from the left. */
class Reader {
  readonly #text: string;
  #position = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): StrictJson {
    const value = this.#value(0);
    this.#take(SPACE);
    if (this.#position < this.#text.length) this.#fail("there is more after its end");
    return value;
  }

  #fail(what: string): never {
    throw new SyntaxError(`invalid JSON at character ${this.#position}: ${what}`);
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text);
    if (!found) return null;
    this.#position = pattern.lastIndex;
    return found[0];
  }

  #mark(mark: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#position] !== mark) return false;
    this.#position += 1;
    return true;
  }

  #value(depth: number): StrictJson {
    if (depth > DEEPEST) this.#fail(`nested deeper than ${DEEPEST}`);
    if (++this.#values > MOST_VALUES) this.#fail(`more than ${MOST_VALUES} values`);
    if (this.#mark("{")) return this.#object(depth);
    if (this.#mark("[")) return this.#list(depth);
    if (this.#text[this.#position] === '"') return this.#string();
    const token = this.#take(WORD) ?? this.#take(NUMBER);
    if (token === null) this.#fail("a value is missing");
    return JSON.parse(token) as null | boolean | number;
  }

  #string(): string {
    this.#take(SPACE);
    const end = this.#endOfString();
    const token = this.#text.slice(this.#position, end);
    this.#position = end;
    const text = parseToken(token);
    if (text === null || !text.isWellFormed()) this.#fail("a string that JSON does not allow");
    return text;
  }

  /** The position behind the closing quote. Scanned by hand: regular expressions overflow their stack on megabytes. */
  #endOfString(): number {
    if (this.#text[this.#position] !== '"') this.#fail("a string is missing");
    for (let at = this.#position + 1; at < this.#text.length; at++) {
      const unit = this.#text[at];
      if (unit === '"') return at + 1;
      if (unit === "\\") at += 1;
    }
    return this.#fail("a string is not closed");
  }

  #object(depth: number): Map<string, StrictJson> {
    const object = new Map<string, StrictJson>();
    if (this.#mark("}")) return object;
    do {
      const key = this.#string();
      if (object.has(key)) this.#fail(`duplicate key ${quoted(key)}`);
      if (!this.#mark(":")) this.#fail('":" is missing');
      object.set(key, this.#value(depth + 1));
    } while (this.#mark(","));
    if (!this.#mark("}")) this.#fail('"}" is missing');
    return object;
  }

  #list(depth: number): StrictJson[] {
    const list: StrictJson[] = [];
    if (this.#mark("]")) return list;
    do list.push(this.#value(depth + 1)); while (this.#mark(","));
    if (!this.#mark("]")) this.#fail('"]" is missing');
    return list;
  }
}

/**
 * Parses JSON as RFC 8259 writes it, refusing what JSON.parse lets pass: duplicate keys and lone surrogates.
 *
 * @throws SyntaxError with the position
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(parseStrictJson('{"a": [1, "b"]}'), new Map([["a", [1, "b"]]]));
 * assertThrows(() => parseStrictJson('{"a": 1, "a": 2}'), SyntaxError, 'duplicate key "a"');
 * ```
 */
export function parseStrictJson(text: string): StrictJson {
  return new Reader(text).document();
}
