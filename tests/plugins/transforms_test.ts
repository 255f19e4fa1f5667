import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { beforeAll, describe, it } from "@std/testing/bdd";
import { channelStatistics } from "../../core/image/normalize.ts";
import type { Split } from "../../core/base/example.ts";
import type { Transform } from "../../core/plugin/contracts.ts";
import { loadPlugins, type Registry } from "../../core/plugin/registry.ts";
import { Problem } from "../../core/base/problem.ts";
import { Random } from "../../core/base/random.ts";
import { randomPixels } from "../core/data/_pictures.ts";

const POLICY_FILE = fromFileUrl(new URL("../../data/best_policy.data", import.meta.url));
const pixels = randomPixels(1, { height: 24, width: 30, channels: 4 });
let registry: Registry;

async function load(): Promise<void> {
  registry = await loadPlugins([], ["augmentations", "transforms"]);
}

function make(name: string, params: unknown, split: Split = "train"): Transform {
  return registry.get("transforms", name).create(params, {
    split,
    channels: 4,
    augmentation: (operation, given) => registry.get("augmentations", operation).create(given, {}),
  });
}

describe("transforms", () => {
  beforeAll(load);

  it("give finite views of the declared size, the same for the same seed", () => {
    for (const { name } of registry.list("transforms")) {
      const transform = make(name, { size: 16 });
      const out = transform.apply(pixels, new Random(3));
      assertEquals(out.length, transform.views * 16 * 16 * 4, name);
      assert(out.every(Number.isFinite), name);
      assertEquals(transform.apply(pixels, new Random(3)), out, name);
    }
  });

  it("normalise as upstream: fixed, by image, by given statistics", () => {
    const square = randomPixels(2, { height: 8, width: 8, channels: 4 });
    const fixed = make("default_transform", { size: 8 }).apply(square, new Random(0));
    assertEquals(fixed[5], Math.fround((square.data[5]! - 127.5) / 255));
    const own = make("default_transform", { size: 8, per_image_norm: true }).apply(square, new Random(0));
    const { mean, std } = channelStatistics(square);
    assertEquals(own[5], Math.fround((square.data[5]! - mean[1]!) / (std[1]! + 1e-7)));
    const mean_std = [[1, 2, 3, 4], [5, 6, 7, 8]];
    const given = make("default_transform", { size: 8, mean_std }).apply(square, new Random(0));
    assertEquals(given[5], Math.fround((square.data[5]! - 2) / 6));
  });

  it("refuse statistics for another number of channels", () => {
    assertThrows(() => make("default_transform", { mean_std: [[1], [1]] }), Problem, "4 channels");
  });
});

describe("policy_transform", () => {
  beforeAll(load);

  it("augments in training only", () => {
    const params = { size: 16, policies: POLICY_FILE };
    const outputs = [0, 1, 2, 3].map((seed) =>
      make("policy_transform", params).apply(pixels, new Random(seed))
    );
    assertEquals(new Set(outputs.map(String)).size, 4);
    const plain = make("default_transform", { size: 16 }).apply(pixels, new Random(0));
    for (const split of ["val", "test_val", "test"] as const) {
      assertEquals(make("policy_transform", params, split).apply(pixels, new Random(0)), plain);
    }
    assertNotEquals(outputs[0], plain);
  });

  it("takes sub-policies in the config and can do without base moves", () => {
    const invert = [[["InvertImg", { p: 1 }]]];
    const out = make("policy_transform", { size: 16, base: "none", policies: invert }).apply(
      pixels,
      new Random(0),
    );
    const plain = make("default_transform", { size: 16 }).apply(pixels, new Random(0));
    assert(out.every((value, i) => Math.abs(value + plain[i]!) < 0.02));
  });

  it("explains unknown operations and wrong parameters", () => {
    assertThrows(() => make("policy_transform", { policies: [[["Rotat", {}]]] }), Problem, "Rotate");
    const wrong = [[["Rotate", { limits: 3 }]]];
    assertThrows(() => make("policy_transform", { policies: wrong }), Problem, "Rotate");
  });
});

describe("tta_transform", () => {
  beforeAll(load);

  it("gives upstream's views in upstream's order", () => {
    const square = randomPixels(5, { height: 2, width: 2, channels: 4 });
    const out = make("tta_transform", { size: 2, num_tta: 8 }).apply(square, new Random(0));
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
    const transform = make("tta_transform", { size: 4, num_tta: 1, zooms: [2], corners: 0.5 });
    assertEquals(transform.views, 6);
    const out = transform.apply(picture, new Random(0));
    const levels = Array.from(out, (value) => Math.round(value * 255 + 127.5));
    const at = (y: number, x: number) => picture.data[(y * 8 + x) * 4];
    const starts = [1, 2, 3, 4, 5].map((view) => levels[view * 64]);
    assertEquals(starts, [at(2, 2), at(0, 0), at(0, 4), at(4, 0), at(4, 4)]);
  });

  it("gives eight equal predictions of a model that turns and flips leave alone", () => {
    const picture = randomPixels(8, { height: 11, width: 9, channels: 4 });
    const out = make("tta_transform", { size: 8, num_tta: 8 }).apply(picture, new Random(0));
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
});
