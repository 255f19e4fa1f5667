import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { deepened } from "../../../../core/image/deep/depth.ts";
import { autocontrast, equalize, posterize, solarize } from "../../../../core/image/tone/tone.ts";
import { randomDeep } from "../../data/_deep_pictures.ts";
import { randomPixels } from "../../data/_pictures.ts";

const picture = randomDeep(1, { height: 60, width: 70 });

describe("16-bit tones", () => {
  it("equalize spreads samples evenly, in their order", () => {
    const squared = { ...picture, data: picture.data.map((sample) => Math.floor(sample ** 2 / 65536)) };
    const { data } = equalize(squared);
    const below = (limit: number) => data.filter((sample) => sample < limit).length / data.length;
    for (const part of [0.1, 0.25, 0.5, 0.9]) assertAlmostEquals(below(65536 * part), part, 0.01);
    const order = [...data.keys()].sort((a, b) => squared.data[a]! - squared.data[b]!);
    for (const [i, place] of order.slice(1).entries()) assert(data[order[i]!]! <= data[place]!);
    assertEquals(equalize({ ...picture, data: picture.data.map(() => 7) }).data[0], 7);
  });

  it("autocontrast takes the least sample to 0 and the greatest to 65535", () => {
    const dull = { ...picture, data: picture.data.map((sample) => 1000 + (sample >> 4)) };
    const { data } = autocontrast(dull);
    const low = Math.min(...dull.data), high = Math.max(...dull.data);
    for (const [i, sample] of data.entries()) {
      assertAlmostEquals(sample, (dull.data[i]! - low) / (high - low) * 65535, 0.5 + 1e-6);
    }
  });

  it("solarize and posterize do at 16 bits what they do at 8", () => {
    const pixels = randomPixels(2, { height: 9, width: 8, channels: 3 });
    const solar = solarize(deepened(pixels), 100).data;
    assertEquals(solar, deepened(solarize(pixels, 100)).data);
    const high = posterize(deepened(pixels), 3).data.map((sample) => sample >> 8);
    assertEquals([...high], [...posterize(pixels, 3).data]);
  });
});
