import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import {
  readSafetensors,
  type StoredTensor,
  writeCheckedSafetensors,
  writeSafetensors,
} from "../../../core/weights/safetensors.ts";

const METADATA = { podium: "weights 2", epoch: "7", config: '{"note":"\\"crc32\\":\\"12345678\\""}' };

function tensors(): Map<string, StoredTensor> {
  const data = new Uint8Array(Float32Array.from({ length: 30 }, (_, i) => Math.sin(i)).buffer);
  return new Map([
    ["crc32", { dtype: "F32", shape: [5, 6], data }],
    ["b", { dtype: "I64", shape: [], data: data.slice(0, 8) }],
  ]);
}

/** The CRC-32 of bytes bit by bit, as PKWARE's note defines it. */
function crc32(bytes: Uint8Array): string {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

Deno.test("a checked file holds the CRC-32 of itself with zeros in that place", () => {
  const bytes = writeCheckedSafetensors(tensors(), METADATA);
  const { metadata, tensors: read } = readSafetensors(bytes);
  const digits = metadata.get("crc32")!;
  const text = String.fromCharCode(...bytes);
  const zeroed = text.replace(`"crc32":"${digits}"`, '"crc32":"00000000"');
  assertEquals(crc32(Uint8Array.from(zeroed, (character) => character.charCodeAt(0))), digits);
  assertEquals([read, metadata.get("config")], [tensors(), METADATA.config]);
});

Deno.test("every flipped bit of a checked file is noticed", () => {
  const bytes = writeCheckedSafetensors(tensors(), METADATA);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    assertThrows(() => readSafetensors(bytes), Problem, "", `bit ${bit}`);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  readSafetensors(bytes);
});

Deno.test("a file that another program changed says what to leave out; one without a checksum is read", () => {
  const changed = tensors();
  changed.get("b")!.data[0]! ^= 255;
  const kept = readSafetensors(writeCheckedSafetensors(tensors(), METADATA)).metadata;
  const bytes = writeSafetensors(changed, Object.fromEntries(kept));
  assertThrows(() => readSafetensors(bytes), Problem, "must leave out");
  const { crc32: _crc32, podium: _podium, ...others } = Object.fromEntries(kept);
  assertEquals(readSafetensors(writeSafetensors(changed, others)).tensors, changed);
  const earlier = { ...others, podium: "weights 1" };
  assertEquals(readSafetensors(writeSafetensors(changed, earlier)).tensors, changed);
  const stripped = { ...others, podium: "weights 2" };
  assertThrows(() => readSafetensors(writeSafetensors(changed, stripped)), Problem, "checksum is missing");
});

Deno.test("a text that looks like the checksum's place is not taken for it", () => {
  const bytes = writeCheckedSafetensors(tensors(), { ...METADATA, a: '"crc32":"' });
  assert(readSafetensors(bytes).metadata.get("a") === '"crc32":"');
});
