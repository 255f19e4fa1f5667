import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../../core/weights/safetensors.ts";

const FIXTURES = join(import.meta.dirname!, "..", "..", "fixtures", "nn");
const reference = Deno.readFileSync(join(FIXTURES, "reference.safetensors"));

/** A file from a header text and data bytes. */
function file(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  length: bigint | null = null,
): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function entry(dtype: string, shape: string, offsets: string): string {
  return `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
}

function assertRefused(bytes: Uint8Array, reason: string): void {
  const problem = assertThrows(() => readSafetensors(bytes), Problem, reason);
  assertEquals(problem.exitCode, 3);
}

Deno.test("reads what the reference implementation wrote", () => {
  const { tensors, metadata } = readSafetensors(reference);
  assertEquals(tensors.size, 12);
  assertEquals(metadata, new Map([["epoch", "7 \u2028\u007f"]]));
  assertEquals(tensors.get("layer1.0.conv1.weight")!.shape, [1, 3, 2, 2]);
  assertEquals(tensors.get("bn1.num_batches_tracked")!.shape, []);
  assertEquals([...tensors.get("bytes")!.data], [1, 2, 3, 250, 255]);
  assertEquals(tensors.get("empty")!.data.length, 0);
  assertEquals(tensors.get("__proto__")!.data[0], 9);
});

Deno.test("writes the reference implementation's bytes", () => {
  const { tensors } = readSafetensors(reference);
  const shuffled = new Map(new Random(3).shuffle([...tensors]));
  assertEquals(writeSafetensors(shuffled, { epoch: "7 \u2028\u007f" }), reference);
  const plain = Deno.readFileSync(join(FIXTURES, "reference_plain.safetensors"));
  assertEquals(writeSafetensors(readSafetensors(plain).tensors), plain);
});

Deno.test("writes metadata in one order and an empty file", () => {
  const a = writeSafetensors(new Map(), { b: "2", a: "1" });
  assertEquals(a, writeSafetensors(new Map(), { a: "1", b: "2" }));
  assertEquals(readSafetensors(writeSafetensors(new Map())), { tensors: new Map(), metadata: new Map() });
});

Deno.test("refuses to write tensors whose bytes do not fit", () => {
  const tensor: StoredTensor = { dtype: "F32", shape: [2], data: new Uint8Array(7) };
  assertThrows(() => writeSafetensors(new Map([["a", tensor]])), RangeError, '"a" of F32 [2] has 7 bytes');
  const named = { ...tensor, data: new Uint8Array(8) };
  assertThrows(() => writeSafetensors(new Map([["__metadata__", named]])), RangeError, "cannot be called");
});

const eight = new Uint8Array(8);
const MALFORMED: [what: string, bytes: Uint8Array, reason: string][] = [
  ["an empty file", new Uint8Array(0), "too few"],
  ["a header length beyond the limit", file("{}", eight, 100_000_001n), "longer than 100000000"],
  ["a huge header length", file("{}", eight, 0xffffffffffffffffn), "longer than 100000000"],
  ["a header longer than the file", file("{}", eight, 11n), "longer than the file"],
  ["an empty header", file(""), 'does not start with "{"'],
  ["a header that starts with a space", file(" {}"), 'does not start with "{"'],
  ["bytes that are not UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), "not UTF-8"],
  ["broken JSON", file('{"a":'), "invalid JSON"],
  ["text after the JSON", file("{} x"), "more after its end"],
  ["deep nesting", file(`{"a":${"[".repeat(100000)}`), "nested deeper"],
  [
    "a duplicate tensor",
    file(`{"a":${entry("F32", "[0]", "[0,0]")},"a":${entry("F32", "[0]", "[0,0]")}}`),
    "duplicate",
  ],
  [
    "a duplicate field",
    file('{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
    "duplicate",
  ],
  ["a lone surrogate", file('{"\\ud800":1}'), "does not allow"],
  ["a control character", file('{"\u0001":1}'), "does not allow"],
  ["a string that does not end", file('{"a'), "not closed"],
  ["metadata with a number", file('{"__metadata__":{"a":1}}'), "strings to strings"],
  ["a tensor without description", file('{"a":3}'), "no description"],
  ["an unknown dtype", file(`{"a":${entry("F33", "[2]", "[0,8]")}}`, eight), 'unknown dtype "F33"'],
  ["a negative side", file(`{"a":${entry("F32", "[-2]", "[0,8]")}}`, eight), "no valid shape"],
  ["a fraction as side", file(`{"a":${entry("F32", "[2.5]", "[0,8]")}}`, eight), "no valid shape"],
  [
    "a side beyond 2^53",
    file(`{"a":${entry("U8", "[9007199254740993]", "[0,8]")}}`, eight),
    "no valid shape",
  ],
  ["a missing shape", file('{"a":{"dtype":"F32","data_offsets":[0,8]}}', eight), "no valid shape"],
  ["three offsets", file(`{"a":${entry("F32", "[2]", "[0,8,9]")}}`, eight), "no valid data_offsets"],
  ["offsets that go back", file(`{"a":${entry("F32", "[2]", "[8,0]")}}`, eight), "lies at 8 to 0"],
  ["a start after 0", file(`{"a":${entry("F32", "[1]", "[4,8]")}}`, eight), "lies at 4 to 8"],
  ["an end beyond the file", file(`{"a":${entry("F32", "[4]", "[0,16]")}}`, eight), "holds 8"],
  ["bytes after the last tensor", file(`{"a":${entry("F32", "[1]", "[0,4]")}}`, eight), "holds 8"],
  [
    "a size that does not fit",
    file(`{"a":${entry("F32", "[3]", "[0,8]")}}`, eight),
    "needs 12 bytes and has 8",
  ],
  ["half a byte", file(`{"a":${entry("F4", "[3]", "[0,2]")}}`, new Uint8Array(2)), "whole number of bytes"],
  [
    "an overflow hidden by a zero side",
    file(`{"a":${entry("F64", "[9007199254740991,9007199254740991,0]", "[0,0]")}}`),
    "overflows",
  ],
  [
    "an overlap",
    file(`{"a":${entry("F32", "[2]", "[0,8]")},"b":${entry("F32", "[1]", "[4,8]")}}`, eight),
    "ends at 8",
  ],
  [
    "a hole",
    file(`{"a":${entry("U8", "[2]", "[0,2]")},"b":${entry("F32", "[1]", "[4,8]")}}`, eight),
    "ends at 2",
  ],
];

for (const [what, bytes, reason] of MALFORMED) {
  Deno.test(`refuses ${what}`, () => assertRefused(bytes, reason));
}

const sides = (side: string) => `[${Array(300_000).fill(side).join(",")}]`;
const UNBOUNDED: [what: string, bytes: Uint8Array, reason: string][] = [
  [
    "a product of 300,000 large sides",
    file(`{"a":${entry("F32", sides("9007199254740991"), "[0,8]")}}`, eight),
    "300000 sides] overflows",
  ],
  ["a size of 300,000 sides", file(`{"a":${entry("F32", sides("1"), "[0,8]")}}`, eight), "needs 4 bytes"],
  ["three million lists", file(`{"a":[${"[],".repeat(3_000_000)}[]]}`), "more than 1048576 values"],
  ["a name of three million letters", file(`{"${"a".repeat(3_000_000)}":3}`), "(3000000 characters)"],
  ["a long duplicate", file(`{"${"a".repeat(1_000_000)}":3,"${"a".repeat(1_000_000)}":3}`), "duplicate key"],
  ["a dtype of a million letters", file(`{"a":${entry("F".repeat(1e6), "[2]", "[0,8]")}}`, eight), "dtype"],
];

for (const [what, bytes, reason] of UNBOUNDED) {
  Deno.test(`refuses ${what} at once and in few words`, () => {
    const begin = performance.now();
    const { message } = assertThrows(() => readSafetensors(bytes), Problem, reason);
    assert(performance.now() - begin < 5000, `${performance.now() - begin} ms`);
    assert(message.length < 400, message);
  });
}

Deno.test("accepts what the reference accepts at the edges", () => {
  const padded = file(
    `{"a":${entry("F4", "[4]", "[0,2]")},"z":${entry("F32", "[0,3]", "[0,0]")}}   `,
    new Uint8Array(2),
  );
  assertEquals(readSafetensors(padded).tensors.size, 2);
  const scalar = file(`{"a":${entry("F64", "[]", "[0,8]")}}`, eight);
  assertEquals(readSafetensors(scalar).tensors.get("a")!.shape, []);
});

function mutate(random: Random): Uint8Array {
  let bytes = reference.slice();
  for (let change = random.integer(1, 4); change > 0; change--) {
    const at = random.integer(0, bytes.length - 1);
    if (random.next() < 0.1) bytes = bytes.slice(0, at);
    else if (random.next() < 0.2) bytes.copyWithin(at, random.integer(0, at));
    else bytes[at] = random.integer(0, 255);
    if (bytes.length === 0) break;
  }
  return bytes;
}

Deno.test("10,000 damaged files are read or refused, never a crash", () => {
  const random = new Random(1, "fuzz");
  let refused = 0;
  for (let trial = 0; trial < 10_000; trial++) {
    try {
      const { tensors } = readSafetensors(mutate(random));
      for (const { data } of tensors.values()) assert(data.length <= reference.length);
    } catch (error) {
      assert(error instanceof Problem, `${error}`);
      refused += 1;
    }
  }
  assert(refused > 3000, `${refused}`);
});
