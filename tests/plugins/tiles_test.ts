import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { beforeAll, describe, it } from "@std/testing/bdd";
import type { Split } from "../../core/base/example.ts";
import type { Pixels } from "../../core/base/pixels.ts";
import { Random } from "../../core/base/random.ts";
import { deepened } from "../../core/image/deep/depth.ts";
import type { Transform } from "../../core/plugin/contracts.ts";
import { loadPlugins, type Registry } from "../../core/plugin/registry.ts";

/** Leaves values as they are. */
const RAW = { mean_std: [[0], [1]] };
let registry: Registry;

function make(params: object, split: Split = "val"): Transform {
  return registry.get("transforms", "tiles").create({ ...RAW, ...params }, {
    split,
    channels: 1,
    augmentation: (operation, given) => registry.get("augmentations", operation).create(given, {}),
  });
}

/** A picture in which each pixel tells its place: row times 16 plus column. */
function places(height: number, width: number): Pixels {
  const data = Uint8Array.from({ length: height * width }, (_, i) => 16 * Math.floor(i / width) + i % width);
  return { data, height, width, channels: 1 };
}

/** Row and column of the first pixel of each view. */
function corners({ views, size }: Transform, values: Float32Array): [number, number][] {
  const firsts = Array.from({ length: views }, (_, view) => values[view * size * size]!);
  return firsts.map((value) => [Math.floor(value / 16), value % 16]);
}

describe("tiles", () => {
  beforeAll(async () => void (registry = await loadPlugins([], ["augmentations", "transforms"])));

  it("cut an image into a grid, row by row, without a pixel lost", () => {
    const picture = places(8, 8), transform = make({ size: 4, grid: [2, 2] });
    const out = transform.apply(picture, new Random(0));
    assertEquals(transform.views, 4);
    assertEquals(corners(transform, out), [[0, 0], [0, 4], [4, 0], [4, 4]]);
    assertEquals([...out].sort((a, b) => a - b), [...picture.data].sort((a, b) => a - b));
    const deep = transform.applyDeep!(deepened(picture), new Random(0));
    assertEquals(deep, out);
  });

  it("overlap by the given part, or as their side and the grid make them, and stay inside", () => {
    const overlapping = make({ size: 4, grid: [1, 3], overlap: 0.5 });
    const wide = overlapping.apply(places(4, 8), new Random(0));
    assertEquals(corners(overlapping, wide), [[0, 0], [0, 2], [0, 4]]);
    const sided = make({ size: 4, grid: [2, 4], tile: 4 });
    const out = sided.apply(places(7, 10), new Random(0));
    assertEquals(corners(sided, out), [0, 3].flatMap((top) => [0, 2, 4, 6].map((left) => [top, left])));
    const middle = make({ size: 4, grid: [1, 1], tile: 4 });
    assertEquals(corners(middle, middle.apply(places(8, 12), new Random(0))), [[2, 4]]);
    const small = make({ size: 3, grid: [2, 2], tile: 20 });
    const whole = small.apply(places(3, 3), new Random(0));
    assertEquals([...whole], Array.from({ length: 4 }, () => [...places(3, 3).data]).flat());
  });

  it("show one of them in training, anywhere, the same for the same random numbers", () => {
    const transform = make({ size: 4, tile: 4, operations: [["InvertImg", { p: 1 }]] }, "train");
    assertEquals(transform.views, 1);
    const seen = new Set<string>(), picture = places(8, 8);
    for (let epoch = 0; epoch < 300; epoch++) {
      const out = transform.apply(picture, new Random(epoch));
      assertEquals(transform.apply(picture, new Random(epoch)), out);
      const [[top, left]] = corners(transform, out.map((value) => 255 - value)) as [[number, number]];
      assert(top <= 4 && left <= 4);
      seen.add(`${top} ${left}`);
    }
    assertEquals(seen.size, 25);
    const plain = make({ size: 4, tile: 4, operations: [["InvertImg", { p: 1 }]] });
    assertNotEquals(plain.apply(picture, new Random(0))[0], 255);
  });
});
