import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { resizeLanczos } from "../../../core/hash/lanczos.ts";
import type { Pixels } from "../../../core/base/pixels.ts";
import { Random } from "../../../core/base/random.ts";

function noise(width: number, height: number): Pixels {
  const random = new Random(width, "noise", height);
  return {
    data: Uint8Array.from({ length: width * height }, () => random.integer(0, 255)),
    width,
    height,
    channels: 1,
  };
}

function rows({ data, width }: Pixels, from: number, to: number): Pixels {
  return { data: data.subarray(from * width, to * width), width, height: to - from, channels: 1 };
}

describe("the Lanczos resize", () => {
  it("does not depend on how many lines go through at once", () => {
    const large = noise(3000, 800);
    const whole = resizeLanczos(large, { width: 8, height: 800 });
    for (const row of [0, 348, 349, 350, 799]) {
      const single = resizeLanczos(rows(large, row, row + 1), { width: 8, height: 1 });
      assertEquals(whole.subarray(8 * row, 8 * row + 8), single);
    }
  });

  it("leaves a direction alone that has its length already", () => {
    const picture = noise(32, 20);
    assertEquals(resizeLanczos(picture, { width: 32, height: 20 }), picture.data);
    const lower = resizeLanczos(picture, { width: 32, height: 5 });
    const column = { data: picture.data.filter((_, i) => i % 32 === 7), width: 1, height: 20, channels: 1 };
    assertEquals(resizeLanczos(column, { width: 1, height: 5 }), lower.filter((_, i) => i % 32 === 7));
  });

  it("takes a picture of 30,000 pixels width and one of a single pixel", () => {
    const wide = { data: new Uint8Array(60_000).fill(9), width: 30_000, height: 2, channels: 1 };
    assertEquals(resizeLanczos(wide, { width: 32, height: 32 }), new Uint8Array(1024).fill(9));
    const dot = { data: Uint8Array.of(200), width: 1, height: 1, channels: 1 };
    assertEquals(resizeLanczos(dot, { width: 8, height: 8 }), new Uint8Array(64).fill(200));
  });
});
