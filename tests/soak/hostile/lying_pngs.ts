import { deflateSync } from "node:zlib";
import { chunk, concat, type DrawnPng, drawPng } from "./draw.ts";
import { type Fate, fileOf, type HostileImage } from "./hostile_image.ts";

function png(name: string, fate: Fate, drawn: DrawnPng): HostileImage {
  return fileOf(`png ${name}`, ".png", fate, () => drawPng(drawn));
}

/** A chunk of a name and 50 MB, packed to 50 KB. */
function bomb(name: "zTXt" | "iCCP"): Uint8Array {
  return chunk(name, concat([new TextEncoder().encode("a\0\0"), deflateSync(new Uint8Array(50_000_000))]));
}

const LONG_TEXT = chunk("tEXt", new Uint8Array(3_000_000).fill(0x61));

/** PNG files whose checksums are right and whose sizes lie. */
export const LYING_PNGS: readonly HostileImage[] = [
  png("of 60000 x 60000", "refused", { width: 60_000, height: 60_000, unpacked: 1000 }),
  png("of 99999999 x 1", "refused", { width: 99_999_999, height: 1, unpacked: 1000 }),
  png("of 1 x 99999999", "refused", { width: 1, height: 99_999_999, unpacked: 1000 }),
  png("of 65535 x 1", "picture", { width: 65_535, height: 1, unpacked: 65_536 }),
  png("of 65536 x 1", "refused", { width: 65_536, height: 1, unpacked: 65_537 }),
  png("of 0 x 5", "refused", { width: 0, height: 5, unpacked: 5 }),
  png("of 2^31 x 2^31", "refused", { width: 2 ** 31, height: 2 ** 31, unpacked: 5 }),
  png("that unpacks to 200 MB", "damaged", { width: 10, height: 10, unpacked: 200_000_000 }),
  png("interlaced that unpacks to 200 MB", "damaged", {
    width: 10,
    height: 10,
    interlace: 1,
    unpacked: 200_000_000,
  }),
  png("with few of its pixels", "refused", { width: 2000, height: 2000, unpacked: 1000 }),
  png("of 1 bit", "picture", { width: 80, height: 10, depth: 1, unpacked: 110 }),
  png("of 3 bits", "refused", { width: 80, height: 10, depth: 3, unpacked: 1000 }),
  png("of colour type 5", "refused", { width: 80, height: 10, colour: 5, unpacked: 5000 }),
  png("with a palette of none", "refused", { width: 80, height: 10, colour: 3, unpacked: 810 }),
  png("of interlace 7", "damaged", { width: 80, height: 10, interlace: 7, unpacked: 810 }),
  png("with 3 MB of text", "picture", { width: 80, height: 10, before: [LONG_TEXT], unpacked: 810 }),
  png("with text that unpacks to 50 MB", "damaged", {
    width: 80,
    height: 10,
    before: [bomb("zTXt")],
    unpacked: 810,
  }),
  png("with a profile that unpacks to 50 MB", "damaged", {
    width: 80,
    height: 10,
    before: [bomb("iCCP")],
    unpacked: 810,
  }),
  png("with two headers", "damaged", {
    width: 80,
    height: 10,
    before: [chunk("IHDR", new Uint8Array(13))],
    unpacked: 810,
  }),
  png("with an unknown chunk that counts", "damaged", {
    width: 80,
    height: 10,
    before: [chunk("ABCD", new Uint8Array(5))],
    unpacked: 810,
  }),
];
