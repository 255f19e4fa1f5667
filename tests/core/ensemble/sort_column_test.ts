import { assertEquals } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { fallingOrder } from "../../../core/ensemble/sort_column.ts";

Deno.test("the radix sort orders as a comparing sort does", () => {
  const random = new Random(3, "sort");
  const values = Float32Array.from({ length: 5000 }, () => Math.round(random.next() ** 6 * 1e5) / 1e5);
  const wanted = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
  assertEquals([...fallingOrder(values)], wanted);
});
