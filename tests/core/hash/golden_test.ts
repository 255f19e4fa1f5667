import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { grayPicture } from "../../../core/hash/gray_picture.ts";
import { decodeGray } from "../../../core/image/decode.ts";
import type { GrayPicture } from "../../../core/plugin/contracts.ts";
import ahash from "../../../plugins/hashes/ahash.ts";
import dhash from "../../../plugins/hashes/dhash.ts";
import phash from "../../../plugins/hashes/phash.ts";
import { type Golden, readGoldens } from "./_goldens.ts";

/** Pillow cuts 16-bit gray at 255; Podium keeps its high byte. */
const DECLARED = /\.I16\./;

const COLUMNS = [
  { name: "average_hash 8", hash: ahash.create({ size: 8 }, {}) },
  { name: "phash 8", hash: phash.create({ size: 8 }, {}) },
  { name: "dhash 8", hash: dhash.create({ size: 8 }, {}) },
  { name: "average_hash 16", hash: ahash.create({ size: 16 }, {}) },
  { name: "phash 16", hash: phash.create({ size: 16 }, {}) },
];

function differences(golden: Golden, picture: GrayPicture): string[] {
  return COLUMNS.flatMap(({ name, hash }, column) => {
    const { hex } = hash.compute(picture);
    const expected = golden.hashes[column]!;
    return hex === expected ? [] : [`${golden.name}: ${name} is ${hex}, imagehash has ${expected}`];
  });
}

describe("hashes of 1,000 files that Pillow wrote", () => {
  it("equal imagehash's outside the declared exceptions", async () => {
    const goldens = await readGoldens();
    assertEquals(goldens.length, 1000);
    const different: string[] = [];
    for (const golden of goldens) {
      if (DECLARED.test(golden.name)) continue;
      different.push(...differences(golden, grayPicture(await decodeGray(golden.bytes))));
    }
    assertEquals(different, []);
  });

  it("are made of the declared exceptions too", async () => {
    const exceptions = (await readGoldens()).filter(({ name }) => DECLARED.test(name));
    for (const { bytes } of exceptions) {
      const picture = grayPicture(await decodeGray(bytes));
      for (const { hash } of COLUMNS) assertEquals(hash.compute(picture).hex.length * 4, hash.bits);
    }
    assertEquals(exceptions.length > 30, true);
  });
});
