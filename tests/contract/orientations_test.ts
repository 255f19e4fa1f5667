import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Pixels } from "../../core/base/pixels.ts";
import { Random } from "../../core/base/random.ts";
import { orient, type Orientation } from "../../core/image/orient.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";

const registry = await loadPlugins([], ["augmentations", "transforms"]);
const SIDE = 4, DRAWS = 400;

/** A square whose eight orientations all differ. */
const square: Pixels = {
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 13 * i),
  height: SIDE,
  width: SIDE,
  channels: 1,
};

/** The pictures that an operation or a transform gives, as text, sorted. */
function outcomes(apply: (random: Random) => ArrayLike<number>): string[] {
  const all = Array.from({ length: DRAWS }, (_, draw) => Array.from(apply(new Random(draw))).join());
  return [...new Set(all)].sort();
}

function augment(name: string, params: Record<string, unknown>) {
  return registry.get("augmentations", name).create(params, {});
}

function declared(orientations: readonly Orientation[]): string[] {
  return orientations.map((one) => Array.from(orient(square, one).data).join()).sort();
}

describe("orientations", () => {
  for (const { name, nature } of registry.list("augmentations")) {
    it(`${name} gives the orientations that it declares`, () => {
      const operation = augment(name, {});
      assertEquals(operation.orientations !== undefined, nature === "permutation");
      if (operation.orientations === undefined) return;
      const seen = outcomes((random) => operation.apply(square, operation.sample(random, square)).data);
      assertEquals(seen, declared(operation.orientations));
      assertEquals(augment(name, { p: 0 }).orientations, undefined);
    });
  }

  const half = { p: 0.5 };
  const transforms: [string, Record<string, unknown>, count: number][] = [
    ["policy_transform", { base: "d4" }, 8],
    ["policy_transform", { base: "mirror" }, 2],
    ["policy_transform", { base: "none" }, 1],
    ["policy_transform", { base: "none", policies: [[["HorizontalFlip", half]], [["Transpose", half]]] }, 3],
    ["policy_transform", { base: "mirror", policies: [[["Flip", half]]] }, 4],
    ["pipeline", { operations: [["RandomRotate90", half]] }, 4],
    ["pipeline", { operations: [["HorizontalFlip", half], ["Transpose", half]] }, 4],
    ["pipeline", { always: [["HorizontalFlip", half]], operations: [["Flip", { p: 0 }]] }, 2],
    ["default_transform", {}, 1],
    ["tiles", { grid: [1, 1], operations: [["Flip", half]] }, 4],
  ];
  for (const [name, params, count] of transforms) {
    it(`${name} ${JSON.stringify(params)} shows the orientations that it declares`, () => {
      const transform = registry.get("transforms", name).create({ size: SIDE, ...params }, {
        split: "train",
        channels: 1,
        augmentation: augment,
      });
      // Normalization is (x - 127.5) / 255.
      const levels = (random: Random) =>
        transform.apply(square, random).map((value) => Math.round(value * 255 + 127.5));
      assertEquals(outcomes(levels), declared(transform.orientations!));
      assertEquals(transform.orientations!.length, count);
    });
  }

  it("every built-in transform says which orientations training showed", () => {
    const tried = new Set(transforms.map(([name]) => name));
    assert(registry.names("transforms").every((name) => tried.has(name)));
  });
});
