/** A list whose items are made one by one while it is written, so that they are never in memory together. */
export class LazyList<T> implements Iterable<unknown> {
  constructor(readonly items: readonly T[], readonly make: (item: T) => unknown) {}

  *[Symbol.iterator](): Iterator<unknown> {
    for (const item of this.items) yield this.make(item);
  }

  /** All items, for JSON.stringify. */
  toJSON(): unknown[] {
    return [...this];
  }
}

const INDENT = " ";

function* listChunks(list: Iterable<unknown>, margin: string): Generator<string> {
  let first = true;
  for (const item of list) {
    yield `${first ? "[" : ","}\n${margin}${INDENT}`;
    yield (JSON.stringify(item, null, INDENT) ?? "null").replaceAll("\n", `\n${margin}${INDENT}`);
    first = false;
  }
  yield first ? "[]" : `\n${margin}]`;
}

function* valueChunks(value: unknown, margin: string): Generator<string> {
  if (Array.isArray(value) || value instanceof LazyList) return yield* listChunks(value, margin);
  if (typeof value !== "object" || value === null) return yield JSON.stringify(value);
  let first = true;
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    yield `${first ? "{" : ","}\n${margin}${INDENT}${JSON.stringify(name)}: `;
    yield* valueChunks(field, margin + INDENT);
    first = false;
  }
  yield first ? "{}" : `\n${margin}}`;
}

/**
 * A value of plain objects and lists as the text that `JSON.stringify(value, null, 1)` gives, and a line feed, piece by
 * piece: an item of a list is one piece.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const value = { a: [], b: new LazyList([1, 2], (n) => ({ n, more: [n] })), c: { d: null } };
 * assertEquals([...jsonChunks(value)].join(""), JSON.stringify(value, null, 1) + "\n");
 * ```
 */
export function* jsonChunks(value: unknown): Generator<string> {
  yield* valueChunks(value, "");
  yield "\n";
}
