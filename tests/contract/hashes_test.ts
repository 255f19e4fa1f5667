import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { hammingDistance } from "../../core/hash/bits.ts";
import { grayPicture } from "../../core/hash/gray_picture.ts";
import { resize } from "../../core/image/resize.ts";
import type { ImageHash } from "../../core/plugin/contracts.ts";
import type { Pixels } from "../../core/base/pixels.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { drawPicture } from "../core/scan/_pictures.ts";

const registry = await loadPlugins([], ["hashes"]);

function hexOf(hash: ImageHash, pixels: Pixels): string {
  return hash.compute(grayPicture(pixels)).hex;
}

function flat(width: number, height: number): Pixels {
  return { data: new Uint8Array(width * height).fill(80), width, height, channels: 1 };
}

for (const plugin of registry.list("hashes")) {
  for (const size of [8, 16]) {
    describe(`${plugin.name} of size ${size}`, () => {
      const hash = plugin.create({ size }, {});
      const pixels = drawPicture(5, 96);

      it("has as many bits as it says, in lowercase hex", () => {
        assertEquals(hash.bits, size * size);
        const hex = hexOf(hash, pixels);
        assert(/^[0-9a-f]+$/.test(hex), hex);
        assertEquals(4 * hex.length, hash.bits);
      });

      it("is the same every time and leaves the picture as it is", () => {
        const before = pixels.data.slice();
        assertEquals(hexOf(hash, pixels), hexOf(hash, pixels));
        assertEquals(pixels.data, before);
      });

      it("is nearer for a brighter or smaller version than for any other picture", () => {
        const hex = hexOf(hash, pixels);
        const distance = (other: Pixels) => hammingDistance(hex, hexOf(hash, other));
        const brighter = { ...pixels, data: pixels.data.map((value) => Math.min(255, value * 1.05)) };
        const near = Math.max(distance(brighter), distance(resize(pixels, 72, 72)));
        const far = Math.min(...[6, 7, 8, 9, 10].map((number) => distance(drawPicture(number, 96))));
        assert(near < far / 2 && far > hash.bits / 10, `${near} and ${far} bits`);
      });

      it("takes flat, tiny and narrow pictures", () => {
        for (const [width, height] of [[96, 96], [1, 1], [3, 5], [200, 2], [17, 33]] as const) {
          assertEquals(4 * hexOf(hash, flat(width, height)).length, hash.bits);
        }
      });
    });
  }
}
