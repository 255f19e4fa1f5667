import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import sharp from "sharp";
import { encodePng } from "../../../core/image/encode.ts";
import { pictureTraits } from "../../../core/image/traits.ts";
import { randomPixels } from "../data/_pictures.ts";
import { goldenOf } from "../hash/_goldens.ts";

const PLAIN = await encodePng(randomPixels(1, { height: 8, width: 8, channels: 3 }));

/** The PNG with an empty chunk of this name after its header. */
function withChunk(name: string): Uint8Array {
  const chunk = [0, 0, 0, 0, ...new TextEncoder().encode(name), 0, 0, 0, 0];
  return Uint8Array.of(...PLAIN.subarray(0, 33), ...chunk, ...PLAIN.subarray(33));
}

describe("pictureTraits", () => {
  it("names what the header says, of every format", async () => {
    const kinds = [
      "png",
      "png-16bit",
      "jpeg-cmyk",
      "jpeg-rotated",
      "gif",
      "gif-animated",
      "tiff-lzw",
      "webp",
    ];
    const traits = await Promise.all(kinds.map(async (kind) => pictureTraits((await goldenOf(kind)).bytes)));
    assertEquals(traits.map((list) => list.join()), [
      "",
      "16-bit",
      "cmyk",
      "rotated",
      "",
      "animated",
      "",
      "",
    ]);
  });

  it("looks into plain PNG files too", async () => {
    assertEquals(await pictureTraits(PLAIN), []);
    assertEquals(await pictureTraits(withChunk("acTL")), ["animated"]);
    const turned = await sharp(PLAIN).withMetadata({ orientation: 6 }).png().toBuffer();
    assertEquals(await pictureTraits(new Uint8Array(turned)), ["rotated"]);
  });

  it("finds none in what is damaged or no picture", async () => {
    for (const bytes of [new Uint8Array(), PLAIN.subarray(0, 20), new TextEncoder().encode("GIF89a")]) {
      assertEquals(await pictureTraits(bytes), []);
    }
  });
});
