import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeNumbers } from "../../../core/weights/decode_numbers.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { storedZip } from "./_stored_zip.ts";

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
  return storedZip([["data.pkl", Uint8Array.from(pickle)]]);
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

/** Many times the same bytes. */
const times = (count: number, ...bytes: number[]) => Array<number[]>(count).fill(bytes).flat();
/** A list in the memory under 0 that holds itself twice, so that its text doubles with each turn. */
const doubled = [0x5d, 0x71, 0, ...times(30, 0x28, 0x68, 0, 0x68, 0, 0x74, 0x71, 0)];
const listOf = (count: number) => [0x28, ...times(count, 0x4e), 0x74, 0x71, 0];

const UNBOUNDED: [what: string, pickle: number[], reason: string][] = [
  ["a nested list as a module's name", [...doubled, ...text("x"), 0x93, 0x2e], "a name that is no text"],
  ["a nested list as a function's name", [...text("x"), ...doubled, 0x93, 0x2e], "a name that is no text"],
  ["a name that fills the file", [0x63, ...times(100_000, 0x61), 0x0a, 0x61, 0x0a], "within 200 bytes"],
  [
    "a global of many characters",
    [...text("a".repeat(120)), ...text("b".repeat(120)), 0x93],
    "(241 characters)",
  ],
  ["a number of 200 bytes", [0x8a, 200, ...times(200, 1), 0x2e], "a number of 200 bytes"],
  [
    "a text of two million bytes",
    [0x58, 0x80, 0x84, 0x1e, 0, ...times(2_000_000, 0x61)],
    "a text of 2000000 bytes",
  ],
  ["a million marks", times(1_000_000, 0x28), "nested deeper than 100"],
  ["a million values on the stack", times(1_000_000, 0x7d), "a stack of more than"],
  ["two million values in a list", [0x5d, ...times(1_000_000, 0x7d, 0x61)], "operations"],
  ["a million values that are kept", [0x4e, ...times(1_000_000, 0x94)], "keeps more than"],
  [
    "a thousand dictionaries made of one long list",
    [...listOf(100_000), ...times(1_000, ...asGlobal("torch.Size"), 0x68, 0, 0x85, 0x52)],
    "operations",
  ],
  [
    "a tensor of a hundred sides",
    tensor([0x28, ...storage(4), 0x4b, 0, 0x28, ...times(100, 0x4b, 1), 0x74, 0x71, 0, 0x68, 0, 0x74]),
    "description is broken",
  ],
];

for (const [what, pickle, reason] of UNBOUNDED) {
  Deno.test(`refuses ${what} at once and in few words`, () => {
    const bytes = archive(pickle), begin = performance.now();
    const problem = assertThrows(() => readPth(bytes), Problem, reason);
    assertEquals(problem.exitCode, 3);
    assert(performance.now() - begin < 10_000, `${performance.now() - begin} ms`);
    assert(problem.message.length < 400, problem.message);
  });
}

/** A zip archive as torch.save lays it out, with one storage of `count` numbers for tensors of the pickle. */
function archiveWithStorage(pickle: number[], count: number): Uint8Array {
  return storedZip([["archive/data.pkl", Uint8Array.from(pickle)], [
    "archive/data/0",
    new Uint8Array(4 * count),
  ]]);
}

Deno.test("refuses a thousand turned tensors over one storage", () => {
  const turned = (name: number) => [
    ...text(`w${name}`),
    ...asGlobal("torch._utils._rebuild_tensor_v2"),
    0x28,
    ...storage(100),
    ...[0x4b, 0, 0x28, 0x4b, 10, 0x4b, 10, 0x74, 0x28, 0x4b, 1, 0x4b, 10, 0x74, 0x74, 0x52, 0x73],
  ];
  const many = (count: number) => [0x7d, ...Array.from({ length: count }, (_, i) => turned(i)).flat(), 0x2e];
  assertEquals(readPth(archiveWithStorage(many(2), 100)).size, 2);
  const problem = assertThrows(() => readPth(archiveWithStorage(many(1000), 100)), Problem);
  assertStringIncludes(problem.message, "over each other");
});

for (const name of ["zip.pth", "checkpoint.pth"]) {
  Deno.test(`notices every flipped bit in the contents of ${name}`, () => {
    const good = fixture(name);
    const expected = readPth(good);
    const view = new DataView(good.buffer);
    // All bytes before the directory; what is no content of a file is alignment, which may change.
    const directory = view.getUint32(good.length - 6, true);
    let noticed = 0, bits = 0;
    for (let at = 0; at < directory; at += 3) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << (at % 8);
      bits += 1;
      try {
        assertEquals(readPth(bytes), expected);
      } catch (error) {
        assert(error instanceof Problem, `byte ${at}: ${error}`);
        noticed += 1;
      }
    }
    assert(noticed > bits / 10, `${noticed} of ${bits}`);
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
