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
    const file = Deno.makeTempFileSync();
    Deno.writeTextFileSync(file, '[[[["Rotate", {"limit": 3, "pp": 1}]]]]');
    assertThrows(
      () => make("policy_transform", { policies: file }),
      Problem,
      `policy file "${file}": Cannot use Rotate`,
    );
    Deno.removeSync(file);
  });
});
