import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeNumbers } from "../../../core/weights/decode_numbers.ts";
import { readPth } from "../../../core/weights/pth.ts";

const FIXTURES = join(import.meta.dirname!, "..", "..", "fixtures", "nn");

function fixture(name: string): Uint8Array {
  return Deno.readFileSync(join(FIXTURES, name));
}

function numbers(name: string, tensor: string): number[] {
  return [...decodeNumbers(readPth(fixture(name)).get(tensor)!)!];
}

for (const name of ["zip.pth", "legacy.pth", "checkpoint.pth", "checkpoint_legacy.pth"]) {
  Deno.test(`reads the tensors of ${name}`, () => {
    const tensors = readPth(fixture(name));
    assertEquals(tensors.size, 9);
    assertEquals(tensors.get("conv1.weight")!.shape, [2, 3, 4]);
    assertEquals(numbers(name, "conv1.weight"), Array.from({ length: 24 }, (_, i) => i / 8));
    assertEquals(tensors.get("turned")!.shape, [4, 2, 3]);
    const turned = Array.from({ length: 24 }, (_, i) => (Math.floor(i / 6) + 4 * (i % 6)) / 8);
    assertEquals(numbers(name, "turned"), turned);
    assertEquals(numbers(name, "part"), [16 / 8, 18 / 8, 20 / 8, 22 / 8]);
    assertEquals(numbers(name, "half"), [1.5, -2]);
    assertEquals(numbers(name, "bfloat"), [1.5, -2]);
    assertEquals(numbers(name, "parameter"), [0.25]);
    assertEquals(tensors.get("empty")!.data.length, 0);
    const counter = tensors.get("bn1.num_batches_tracked")!;
    assertEquals([counter.dtype, counter.shape, counter.data[0]], ["I64", [], 41]);
  });
}

for (const name of ["malicious.pth", "malicious_legacy.pth"]) {
  Deno.test(`refuses ${name} without executing it`, () => {
    const problem = assertThrows(() => readPth(fixture(name)), Problem, "system");
    assertEquals(problem.exitCode, 3);
    assertStringIncludes(problem.next!, "nothing is executed");
  });
}

/** A zip archive of one stored file: data.pkl. */
function archive(pickle: number[]): Uint8Array {
  const bytes = new Uint8Array(30 + 8 + pickle.length + 46 + 8 + 22);
  const view = new DataView(bytes.buffer);
  const name = new TextEncoder().encode("data.pkl");
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(26, 8, true);
  bytes.set(name, 30);
  bytes.set(pickle, 38);
  const directory = 38 + pickle.length;
  view.setUint32(directory, 0x02014b50, true);
  view.setUint32(directory + 20, pickle.length, true);
  view.setUint32(directory + 24, pickle.length, true);
  view.setUint16(directory + 28, 8, true);
  bytes.set(name, directory + 46);
  view.setUint32(directory + 54, 0x06054b50, true);
  view.setUint16(directory + 64, 1, true);
  view.setUint32(directory + 70, directory, true);
  return bytes;
}

const text = (value: string) => [0x58, value.length, 0, 0, 0, ...new TextEncoder().encode(value)];
const asGlobal = (value: string) => [0x63, ...new TextEncoder().encode(value.replace(/\.(\w+)$/, "\n$1\n"))];
const storage = (count: number) => [
  0x28,
  ...text("storage"),
  ...asGlobal("torch.FloatStorage"),
  ...text("0"),
  ...text("cpu"),
  0x4b,
  count,
  0x74,
  0x51,
];
const tensor = (
  body: number[],
) => [0x7d, ...text("w"), ...asGlobal("torch._utils._rebuild_tensor_v2"), ...body, 0x52, 0x73, 0x2e];

const MALFORMED: [what: string, pickle: number[], reason: string][] = [
  ["a pickle that ends early", [0x80], "ends too early"],
  ["an unknown operation", [0x69], "0x69"],
  ["eval", [...asGlobal("builtins.eval"), ...text("1"), 0x85, 0x52, 0x2e], "builtins.eval"],
  ["a global taken from the stack", [...text("os"), ...text("system"), 0x93, 0x2e], "os.system"],
  ["a call of what is no function", [...text("a"), 0x29, 0x52, 0x2e], "no function"],
  ["a list instead of a state dict", [0x5d, 0x2e], "no state dict"],
  ["a memory that was not kept", [0x68, 3, 0x2e], "nothing was kept"],
  ["a persistent id that is no storage", [...text("x"), 0x51, 0x2e], "no tuple"],
  ["a text that is too long", [0x58, 255, 255, 255, 255], "ends too early"],
  [
    "a tensor that repeats one value a million times",
    tensor([0x28, ...storage(4), 0x4b, 0, 0x4a, 0x40, 0x42, 0x0f, 0, 0x85, 0x4b, 0, 0x85, 0x74]),
    "is missing",
  ],
  [
    "a storage that is missing",
    tensor([0x28, ...storage(4), 0x4b, 0, 0x4b, 4, 0x85, 0x4b, 1, 0x85, 0x74]),
    "is missing",
  ],
  [
    "a negative offset",
    tensor([0x28, ...storage(4), 0x4a, 255, 255, 255, 255, 0x4b, 4, 0x85, 0x4b, 1, 0x85, 0x74]),
    "broken",
  ],
];

for (const [what, pickle, reason] of MALFORMED) {
  Deno.test(`refuses ${what}`, () => {
    assertEquals(assertThrows(() => readPth(archive(pickle)), Problem, reason).exitCode, 3);
  });
}

Deno.test("10,000 damaged files are read or refused, never a crash", () => {
  const random = new Random(1, "fuzz");
  const files = ["zip.pth", "legacy.pth", "checkpoint.pth", "checkpoint_legacy.pth"].map(fixture);
  let refused = 0;
  for (let trial = 0; trial < 10_000; trial++) {
    let bytes = random.choice(files).slice();
    for (let change = random.integer(1, 5); change > 0; change--) {
      bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
    }
    if (random.next() < 0.2) bytes = bytes.slice(0, random.integer(0, bytes.length));
    try {
      readPth(bytes);
    } catch (error) {
      assert(error instanceof Problem, `${error} ${(error as Error).stack}`);
      refused += 1;
    }
  }
  assert(refused > 2000, `${refused}`);
});
