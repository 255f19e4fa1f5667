import { crc32 } from "node:zlib";

/** Key that holds the checksum. */
const KEY = "crc32";

function checksum(content: Readonly<Record<string, unknown>>): string {
  return crc32(JSON.stringify(content)).toString(16).padStart(8, "0");
}

/**
 * The text of a JSON object with its own checksum, the CRC-32 of its text without it, under the key `crc32`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(checkedJsonText({ size: 3 }), '{"size":3,"crc32":"7fa69aa1"}\n');
 * ```
 */
export function checkedJsonText(content: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...content, [KEY]: checksum(content) }) + "\n";
}

/**
 * The object of a text that `checkedJsonText` made.
 *
 * @throws SyntaxError with the reason when the text is no JSON object, has no checksum, or does not fit it
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(parseCheckedJson(checkedJsonText({ size: 3 })), { size: 3 });
 * assertThrows(() => parseCheckedJson(checkedJsonText({ size: 3 }).replace("3", "2")), SyntaxError, "checksum");
 * ```
 */
export function parseCheckedJson(text: string): Record<string, unknown> {
  const value = parseObject(text);
  const { [KEY]: expected, ...content } = value;
  if (expected === undefined) {
    throw new SyntaxError("it has no checksum: it is damaged, or of an earlier version");
  }
  if (expected !== checksum(content)) throw new SyntaxError("it does not fit its checksum");
  return content;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("it is no JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new SyntaxError("it is no JSON object");
}
