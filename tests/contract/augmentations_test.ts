import { assert, assertEquals } from "@std/assert";
import type { Augmentation } from "../../core/image/augmentation.ts";
import type { Json } from "../../core/base/json.ts";
import type { Pixels } from "../../core/base/pixels.ts";
import { deepened } from "../../core/image/deep/depth.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { Random } from "../../core/base/random.ts";
import { readDimension, sampleDimension } from "../../core/search/policy/operation_space.ts";
import { randomPixels } from "../core/data/_pictures.ts";

const registry = await loadPlugins([], ["augmentations"]);
const SHAPES = [[24, 31], [17, 17], [1, 1], [1, 7], [6, 1], [2, 3]] as const;
const CHANNELS = [1, 3, 4, 6];

function pictures(): Pixels[] {
  return SHAPES.flatMap(([height, width]) =>
    CHANNELS.map((channels) => randomPixels(height * width, { height, width, channels }))
  );
}

function applyOnce(operation: Augmentation, pixels: Pixels, seed: number): Pixels {
  return operation.apply(pixels, operation.sample(new Random(seed, "contract"), pixels));
}

/** Equalize of few samples spreads 256 levels in whole steps, and 65,536 not; these run it among others. */
const UNEVEN = ["Equalize", "RandAugment", "TrivialAugmentWide"];

/** Settings from the declared search space, one set per seed. */
function settingsOf(space: Readonly<Record<string, unknown>>, seed: number): Record<string, Json> {
  const random = new Random(seed, "space");
  return Object.fromEntries(
    Object.entries(space).map(([key, range]) => [key, sampleDimension(readDimension(range), random)]),
  );
}

for (const plugin of registry.list("augmentations")) {
  const always = plugin.create({ p: 1 }, {});

  Deno.test(`augmentation ${plugin.name}: p = 0 gives the picture back`, () => {
    const never = plugin.create({ p: 0 }, {});
    for (const pixels of pictures()) {
      for (const seed of [0, 1, 2]) assertEquals(never.sample(new Random(seed), pixels), null);
      assertEquals(never.apply(pixels, null), pixels);
    }
  });

  Deno.test(`augmentation ${plugin.name}: any size and channels, same seed same pixels, input untouched`, () => {
    for (const pixels of pictures()) {
      const before = pixels.data.slice();
      for (const seed of [0, 1, 2]) {
        const result = applyOnce(always, pixels, seed);
        assertEquals(result.channels, pixels.channels);
        assertEquals(result.data.length, result.height * result.width * result.channels);
        assert(result.height >= 1 && result.width >= 1);
        assertEquals(applyOnce(always, pixels, seed), result);
      }
      assertEquals(pixels.data, before);
    }
  });

  if (always.applyDeep && !UNEVEN.includes(plugin.name)) {
    Deno.test(`augmentation ${plugin.name}: 16 bits give what 8 give, but for rounding`, () => {
      for (const pixels of pictures()) {
        const before = pixels.data.slice(), deep = deepened(pixels);
        const sampled = always.sample(new Random(1, "contract"), pixels);
        assertEquals(always.sample(new Random(1, "contract"), deep), sampled);
        const coarse = always.apply(pixels, sampled), fine = always.applyDeep!(deep, sampled);
        assertEquals([fine.height, fine.width, fine.channels], [
          coarse.height,
          coarse.width,
          coarse.channels,
        ]);
        // Truncated tables lose up to a level, and elastic deformation rounds twice.
        for (const [i, sample] of fine.data.entries()) {
          assert(Math.abs(sample / 257 - coarse.data[i]!) <= 1.5);
        }
        assertEquals(deep, deepened({ ...pixels, data: before }));
        const plugged = plugin.create({ p: 0 }, {});
        assertEquals(plugged.applyDeep!(deep, null), deep);
      }
    });
  }

  Deno.test(`augmentation ${plugin.name}: at 16 bits any size, unless it is refused by name`, () => {
    assertEquals(always.applyDeep === undefined, ["CLAHE", "HueSaturationValue"].includes(plugin.name));
    for (const pixels of always.applyDeep ? pictures().map(deepened) : []) {
      for (const seed of [0, 1, 2, 3, 4, 5]) {
        const sampled = always.sample(new Random(seed, "contract"), pixels);
        const { data, height, width, channels } = always.applyDeep!(pixels, sampled);
        assertEquals([data.length, data.BYTES_PER_ELEMENT], [height * width * channels, 2]);
      }
    }
  });

  Deno.test(`augmentation ${plugin.name}: what it draws survives JSON`, () => {
    for (const pixels of pictures()) {
      const sampled = always.sample(new Random(4), pixels);
      const restored = JSON.parse(JSON.stringify(sampled)) as Json;
      assertEquals(always.apply(pixels, restored), always.apply(pixels, sampled));
    }
  });

  Deno.test(`augmentation ${plugin.name}: its search space holds valid settings`, () => {
    for (let seed = 0; plugin.space && seed < 20; seed++) plugin.create(settingsOf(plugin.space, seed), {});
    assert(plugin.cost > 0 && plugin.about.length > 0);
  });
}
