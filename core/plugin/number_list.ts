import { z } from "zod";

/** `[0.9, 0.999]` out of "(0.9, 0.999)"; anything that is no such text is left for the schema to refuse. */
function parseNumbers(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const inner = value.trim().match(/^[([](.*?),?\s*[)\]]$/)?.[1] ?? value;
  const numbers = inner.trim() === ""
    ? []
    : inner.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  return numbers.some(Number.isNaN) ? value : numbers;
}

/**
 * A list of numbers as a YAML file may hold it: a list, or a Python literal in a text such as `(0.9, 0.999)`, which
 * upstream evaluated as code and which is only parsed here.
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
