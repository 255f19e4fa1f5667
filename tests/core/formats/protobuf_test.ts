import { assertEquals } from "@std/assert";
import {
  bytesField,
  doubleField,
  floatField,
  integerField,
  joinBytes,
  mapEntryField,
  nonZeroField,
} from "../../../core/formats/protobuf.ts";

// Expected bytes are those of Python's protobuf.
const WRITTEN: [what: string, bytes: Uint8Array, hex: string][] = [
  ["zero", integerField(1, 0), "0800"],
  ["a number of several bytes", integerField(1, 300), "08ac02"],
  ["a number beyond 32 bits", integerField(1, 2 ** 40), "08808080808020"],
  ["a field number above 15", integerField(20, 7), "a00107"],
  ["-1", integerField(3, -1), "18ffffffffffffffffff01"],
  ["-2^53", integerField(3, -(2 ** 53)), "1880808080808080f0ff01"],
  ["a default", nonZeroField(3, 0), ""],
  ["what is no default", nonZeroField(3, 2), "1802"],
  ["a float", floatField(4, -1.5), "250000c0bf"],
  ["a double", doubleField(6, 1.5), "31000000000000f83f"],
  ["a text", bytesField(2, "ü"), "1202c3bc"],
  ["an empty message", bytesField(2, joinBytes()), "1200"],
  ["an entry of a map", mapEntryField(5, "T", nonZeroField(6, 1)), "2a070a015412023001"],
];

for (const [what, bytes, hex] of WRITTEN) {
  Deno.test(`writes ${what}`, () => assertEquals(bytes.toHex(), hex));
}
