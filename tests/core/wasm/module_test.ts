import { assertAlmostEquals } from "@std/assert";
import { PLAIN, RELAXED } from "../../../core/wasm/assembled.ts";
import { instantiate } from "../../../core/wasm/module.ts";
import { multiply, packer } from "../../../core/wasm/row_product.ts";
import { forwardWalk, productShape } from "../../../core/wasm/walk.ts";

const [ROWS, INNER, COLUMNS] = [8, 33, 10];

/** Bytes where the matrices begin. */
const [A, B, C] = [4096, 8192, 32768];

/** The product of two fixed matrices by one of the builds. */
function product(build: string): Float32Array {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const module = instantiate(build, memory, 1 << 16);
  const values = new Float32Array(memory.buffer);
  for (let i = 0; i < ROWS * INNER; i++) values[A / 4 + i] = Math.sin(i);
  for (let i = 0; i < INNER * COLUMNS; i++) values[B / 4 + i] = Math.cos(i);
  const walk = { ...forwardWalk(productShape(ROWS, INNER, COLUMNS), module), source: A, target: C };
  const pack = packer(module, { from: B, rowBytes: COLUMNS * 4, tapBytes: 0, turned: false });
  multiply(module, { walks: [walk], images: 1, taps: 1, channels: INNER, columns: COLUMNS, pack });
  return new Float32Array(memory.buffer, C, ROWS * COLUMNS).slice();
}

Deno.test("the build without relaxed SIMD computes the same to rounding", () => {
  const relaxed = product(RELAXED);
  product(PLAIN).forEach((value, i) => assertAlmostEquals(value, relaxed[i]!, 1e-5));
  const expected = Array.from({ length: INNER }, (_, i) => Math.sin(i) * Math.cos(i * COLUMNS));
  assertAlmostEquals(relaxed[0]!, expected.reduce((sum, term) => sum + term), 1e-5);
});
