import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import type { Pixels } from "../../../core/base/pixels.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { type ViewSettings, withViews } from "../../../core/data/views.ts";
import type { Transform } from "../../../core/plugin/contracts.ts";
import { defineTransform } from "../../../core/plugin/define.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { randomPixels } from "./_pictures.ts";

/** A user's own transform, with a parameter that no other has: every pixel is the mean of its channel. */
const channelMeans = defineTransform({
  name: "channel_means",
  about: "Flat pictures of a channel's mean, times a factor",
  params: z.strictObject({
    side: z.int().default(3).describe("Side"),
    factor: z.number().default(2).describe("Factor"),
  }),
  create: ({ side, factor }, { channels }) => ({
    views: 1,
    size: side,
    apply({ data }: Pixels) {
      const means = Array.from({ length: channels }, (_, c) => {
        const own = data.filter((_, i) => i % channels === c);
        return factor * own.reduce((sum, value) => sum + value, 0) / own.length;
      });
      return Float32Array.from({ length: side * side * channels }, (_, i) => means[i % channels]! + i);
    },
  }),
});

const registry = await loadPlugins([], ["augmentations", "transforms"]);
registry.add(channelMeans, "views_test.ts");

const ALWAYS = [["InvertImg", { p: 1 }], ["RandomGamma", { gamma_limit: [60, 60], p: 1 }]];
const MEAN_STD = [[10, 20, 30, 40], [5, 6, 7, 8]];
const SETTINGS: readonly (readonly [name: string, params: object])[] = [
  ["default_transform", { size: 12 }],
  ["default_transform", { size: 12, per_image_norm: true }],
  ["pipeline", { size: 12, always: ALWAYS, mean_std: MEAN_STD }],
  ["pipeline", { size: 12, always: ALWAYS, mode: "fast", operations: [["Rotate", { limit: 90, p: 1 }]] }],
  ["policy_transform", { size: 12, base: "d4", policies: [[["Rotate", { limit: 90, p: 1 }]]] }],
  ["policy_transform", { size: 12, mode: "fast", per_image_norm: true }],
  ["channel_means", { side: 5, factor: 0.5 }],
  ["tiles", { size: 6, grid: [3, 2], overlap: 0.2, always: ALWAYS }],
];

function make(name: string, params: unknown): Transform {
  return registry.get("transforms", name).create(params, {
    split: "val",
    channels: 4,
    augmentation: (operation, given) => registry.get("augmentations", operation).create(given, {}),
  });
}

function viewed(settings: ViewSettings, params: unknown): Transform {
  return withViews(make("default_transform", params), settings, { name: "default_transform", channels: 4 });
}

describe("withViews()", () => {
  it("gives upstream's views in upstream's order", () => {
    const square = randomPixels(5, { height: 2, width: 2, channels: 4 });
    const out = viewed({ orientations: 8 }, { size: 2 }).apply(square, new Random(0));
    const levels = [...out].map((value) => value * 255 + 127.5);
    const views = Array.from(
      { length: 8 },
      (_, view) => [0, 1, 2, 3].map((i) => Math.round(levels[(view * 4 + i) * 4]!)),
    );
    const [a, b, c, d] = [0, 4, 8, 12].map((i) => square.data[i]!);
    assertEquals(views, [
      [a, b, c, d], // as it is
      [b, a, d, c], // left and right
      [c, d, a, b], // top and bottom
      [d, c, b, a], // both
      [a, c, b, d], // transposed
      [b, d, a, c], // then top and bottom
      [c, a, d, b], // or left and right
      [d, b, c, a], // or both
    ]);
  });

  it("adds the enlarged middle and the four corners", () => {
    const picture = randomPixels(6, { height: 8, width: 8, channels: 4 });
    const transform = viewed({ orientations: 1, zooms: [2], corners: 0.5 }, { size: 4 });
    assertEquals(transform.views, 6);
    const out = transform.apply(picture, new Random(0));
    const levels = Array.from(out, (value) => Math.round(value * 255 + 127.5));
    const at = (y: number, x: number) => picture.data[(y * 8 + x) * 4];
    const starts = [1, 2, 3, 4, 5].map((view) => levels[view * 64]);
    assertEquals(starts, [at(2, 2), at(0, 0), at(0, 4), at(4, 0), at(4, 4)]);
  });

  it("gives eight equal predictions of a model that turns and flips leave alone", () => {
    const picture = randomPixels(8, { height: 11, width: 9, channels: 4 });
    const out = viewed({ orientations: 8 }, { size: 8 }).apply(picture, new Random(0));
    const predictions = Array.from({ length: 8 }, (_, view) => {
      let sum = 0;
      for (let i = 0; i < 64; i++) {
        const radius = ((i % 8) - 3.5) ** 2 + (Math.floor(i / 8) - 3.5) ** 2;
        for (let c = 0; c < 4; c++) {
          sum += Math.exp(-radius / 9) * (c + 1) * out[(view * 64 + i) * 4 + c]! ** 2;
        }
      }
      return sum;
    });
    for (const prediction of predictions) assert(Math.abs(prediction - predictions[0]!) < 1e-12);
    assertEquals(
      new Set(predictions.map((_, view) => String(out.subarray(view * 256, view * 256 + 256)))).size,
      8,
    );
  });

  it("begins with what validation sees, bit for bit, whatever the transform and its settings", () => {
    const picture = randomPixels(9, { height: 21, width: 17, channels: 4 });
    for (const [name, params] of SETTINGS) {
      const transform = make(name, params);
      const length = transform.views * transform.size ** 2 * 4;
      const expected = transform.apply(picture, new Random(1));
      const crops = transform.views === 1 ? { zooms: [1.5], corners: 0.7 } : {};
      for (const settings of [{ orientations: 4 }, { orientations: 8, ...crops }]) {
        const views = withViews(make(name, params), settings, { name, channels: 4 });
        const out = views.apply(picture, new Random(1));
        assertEquals(out.length, views.views / transform.views * length, name);
        assertEquals(out.subarray(0, length), expected, name);
      }
    }
    const missing = registry.names("transforms").filter((name) =>
      !SETTINGS.some(([known]) => known === name)
    );
    assertEquals(missing, [], "every registered transform is tried");
  });

  it("turns all views that a transform gives before the next orientation, and cuts none again", () => {
    const picture = randomPixels(3, { height: 8, width: 8, channels: 4 });
    const tiles = () => make("tiles", { size: 4, grid: [2, 2] });
    const plain = tiles().apply(picture, new Random(0)), length = plain.length / 4;
    const given = { name: "tiles", channels: 4 };
    const views = withViews(tiles(), { orientations: 2 }, given);
    const out = views.apply(picture, new Random(0));
    assertEquals([views.views, out.length], [8, 2 * plain.length]);
    for (let tile = 0; tile < 4; tile++) {
      const upright = plain.subarray(tile * length, (tile + 1) * length);
      const mirrored = out.subarray((4 + tile) * length, (5 + tile) * length);
      for (let i = 0; i < length; i++) {
        const c = i % 4, x = Math.floor(i / 4) % 4, y = Math.floor(i / 16);
        assertEquals(mirrored[i], upright[(y * 4 + 3 - x) * 4 + c]);
      }
    }
    const crops = () => withViews(tiles(), { orientations: 2, zooms: [1.5] }, given);
    assertStringIncludes(assertThrows(crops, Problem, "not cut again").next!, "without --tta_zooms");
  });

  it("says so where a transform cannot be viewed several ways, and leaves it alone for one view", () => {
    for (const changes of [{ viewable: false }, { views: 2 }]) {
      const transform: Transform = { ...make("default_transform", { size: 4 }), ...changes };
      const given = { name: "own", channels: 4 };
      const problem = assertThrows(() => withViews(transform, { orientations: 4 }, given), Problem, '"own"');
      assertEquals(problem.exitCode, 2);
      assertStringIncludes(problem.next!, "--num_tta=1");
      assertEquals(withViews(transform, { orientations: 1 }, given), transform);
    }
  });
});
