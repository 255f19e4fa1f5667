/** What a Python literal can hold here. */
export type Literal = null | boolean | number | string | Literal[] | { [key: string]: Literal };

/** A text and the position up to which it is read. */
interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
}

/** Lists, tuples and dicts inside each other; a policy file has five. */
const DEEPEST = 64;
const NUMBER = /[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, Literal>> = { True: true, False: false, None: null };
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function fail(cursor: Cursor, expected: string): never {
  const found = cursor.at < cursor.text.length
    ? JSON.stringify(cursor.text.slice(cursor.at, cursor.at + 12))
    : "the end";
  throw new SyntaxError(`expected ${expected} at character ${cursor.at + 1}, found ${found}`);
}

function skipSpace(cursor: Cursor): void {
  while (/[\s]/.test(cursor.text[cursor.at] ?? "")) cursor.at++;
}

/** Takes the given character when it comes next. */
function take(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

function readString(cursor: Cursor, quote: string): string {
  let value = "";
  while (cursor.text[cursor.at] !== quote) {
    let character = cursor.text[cursor.at++];
    if (character === undefined || character === "\n") fail(cursor, "the end of a string");
    if (character === "\\") {
      character = ESCAPES[cursor.text[cursor.at++] ?? ""] ?? fail(cursor, "a known escape");
    }
    value += character;
  }
  cursor.at++;
  return value;
}

/** Items up to the closing bracket. `single`: whether a comma followed, which makes `(x,)` a tuple and `(x)` its item. */
function readItems(cursor: Cursor, close: string): { items: Literal[]; single: boolean } {
  const items: Literal[] = [];
  let comma = false;
  while (!take(cursor, close)) {
    if (items.length > 0 && !comma) fail(cursor, `"," or "${close}"`);
    items.push(readValue(cursor));
    comma = take(cursor, ",");
  }
  return { items, single: items.length === 1 && !comma };
}

function readTuple(cursor: Cursor): Literal {
  const { items, single } = readItems(cursor, ")");
  return single ? items[0]! : items;
}

function readMapping(cursor: Cursor): Literal {
  const mapping: { [key: string]: Literal } = {};
  let comma = true;
  while (!take(cursor, "}")) {
    if (!comma) fail(cursor, '"," or "}"');
    const key = readValue(cursor);
    if (typeof key !== "string" || Object.hasOwn(mapping, key)) fail(cursor, "a new string as key");
    if (!take(cursor, ":")) fail(cursor, '":"');
    mapping[key] = readValue(cursor);
    comma = take(cursor, ",");
  }
  return mapping;
}

function readNumberOrWord(cursor: Cursor): Literal {
  for (const [word, value] of Object.entries(WORDS)) {
    if (cursor.text.startsWith(word, cursor.at)) {
      cursor.at += word.length;
      return value;
    }
  }
  NUMBER.lastIndex = cursor.at;
  const match = NUMBER.exec(cursor.text);
  if (!match) fail(cursor, "a literal");
  cursor.at += match[0].length;
  return Number(match[0].replaceAll("_", ""));
}

/** What is inside a bracket. */
function readNested(cursor: Cursor, read: (cursor: Cursor) => Literal): Literal {
  if (++cursor.depth > DEEPEST) fail(cursor, `at most ${DEEPEST} brackets inside each other`);
  const value = read(cursor);
  cursor.depth -= 1;
  return value;
}

function readValue(cursor: Cursor): Literal {
  if (take(cursor, "[")) return readNested(cursor, (inside) => readItems(inside, "]").items);
  if (take(cursor, "(")) return readNested(cursor, readTuple);
  if (take(cursor, "{")) return readNested(cursor, readMapping);
  if (take(cursor, "'")) return readString(cursor, "'");
  if (take(cursor, '"')) return readString(cursor, '"');
  return readNumberOrWord(cursor);
}

/**
 * Reads a Python literal: lists, tuples (as arrays), dicts with string keys, strings, numbers, True, False, None.
 * Nothing is ever evaluated: a name, a call or an operator is an error.
 *
 * @throws SyntaxError with the position and what was expected
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(parsePythonLiteral("[('Blur', {'limit': (3, 5), 'p': 0.25})]"), [["Blur", { limit: [3, 5], p: 0.25 }]]);
 * assertThrows(() => parsePythonLiteral("__import__('os')"), SyntaxError, "expected a literal");
 * ```
 */
export function parsePythonLiteral(text: string): Literal {
  const cursor: Cursor = { text, at: 0, depth: 0 };
  const value = readValue(cursor);
  skipSpace(cursor);
  if (cursor.at < text.length) fail(cursor, "nothing more");
  return value;
}
