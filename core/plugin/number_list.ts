import { z } from "zod";

/** Parses "(0.9, 0.999)" to `[0.9, 0.999]`; returns any other value unchanged for the schema to reject. */
function parseNumbers(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const inner = value.trim().match(/^[([](.*?),?\s*[)\]]$/)?.[1] ?? value;
  const numbers = inner.trim() === ""
    ? []
    : inner.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  return numbers.some(Number.isNaN) ? value : numbers;
}

/**
 * Schema of a list of numbers in YAML: a list, or a string with a Python literal such as `(0.9, 0.999)`. Upstream
 * evaluates such strings as code; here they are only parsed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * assertEquals(numberList(z.array(z.number())).parse("(0.9, 0.999)"), [0.9, 0.999]);
 * ```
 */
export function numberList<Schema extends z.ZodType>(schema: Schema): z.ZodPipe<z.ZodTransform, Schema> {
  return z.preprocess(parseNumbers, schema) as z.ZodPipe<z.ZodTransform, Schema>;
}
