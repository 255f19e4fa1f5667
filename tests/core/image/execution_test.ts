import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { asBytes } from "../../../core/image/deep/depth.ts";
import { execute, type ExecutionMode } from "../../../core/image/execution.ts";
import type { Augmentation } from "../../../core/image/augmentation.ts";
import type { OperationSpec } from "../../../core/plugin/contracts.ts";
import type { Pixels } from "../../../core/base/pixels.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { readPolicyFileSync } from "../../../core/search/policy/policy_file.ts";
import { randomPixels } from "../data/_pictures.ts";

const registry = await loadPlugins([], ["augmentations"]);
const SUB_POLICIES = readPolicyFileSync(
  fromFileUrl(new URL("../../../data/best_policy.data", import.meta.url)),
).flat();
const BASE: OperationSpec[] = [["RandomRotate90", {}], ["Flip", {}], ["Transpose", {}]];

/** A picture like a micrograph: smooth, with structure of a few pixels. */
function smoothPicture(height: number, width: number): Pixels {
  const data = new Uint8Array(height * width * 4);
  for (let i = 0; i < data.length; i++) {
    const c = i % 4, x = Math.floor(i / 4) % width, y = Math.floor(i / 4 / width);
    data[i] = Math.round(127 + 60 * Math.sin(x / (9 + c)) + 60 * Math.cos(y / (7 + 2 * c)));
  }
  return { data, height, width, channels: 4 };
}

function make(specs: readonly OperationSpec[]): Augmentation[] {
  return specs.map(([name, params]) => registry.get("augmentations", name).create(params, {}));
}

function run(
  pixels: Pixels,
  specs: readonly OperationSpec[],
  options: { mode: ExecutionMode; seed: number; side?: number },
): Pixels {
  const execution = execute(pixels, options.mode);
  execution.add(make(specs), new Random(options.seed));
  const finished = execution.finish(
    options.side === undefined ? undefined : { height: options.side, width: options.side },
  );
  return asBytes(finished);
}

function meanDifference(a: Pixels, b: Pixels): number {
  assertEquals([a.height, a.width], [b.height, b.width]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

describe("execute", () => {
  it("runs faithfully one operation after the other", () => {
    const pixels = randomPixels(1, { height: 40, width: 30, channels: 3 });
    const specs: OperationSpec[] = [["Rotate", { p: 1 }], ["RandomGamma", { p: 1 }], ["Blur", { p: 1 }]];
    const random = new Random(5);
    let expected = pixels;
    for (const operation of make(specs)) {
      expected = operation.apply(expected, operation.sample(random, expected));
    }
    assertEquals(run(pixels, specs, { mode: "faithful", seed: 5 }), expected);
  });

  it("joins turns, flips and tables without any difference", () => {
    const pixels = randomPixels(2, { height: 31, width: 44, channels: 4 });
    const tables: OperationSpec[] = [["InvertImg", { p: 0.5 }], ["RandomContrast", {}], [
      "RandomBrightness",
      {},
    ]];
    for (let seed = 0; seed < 40; seed++) {
      const faithful = run(pixels, [...BASE, ...tables], { mode: "faithful", seed });
      assertEquals(run(pixels, [...BASE, ...tables], { mode: "fast", seed }), faithful, `seed ${seed}`);
    }
  });

  it("differs from faithful by less than 1.5 levels on average with every sub-policy of upstream", () => {
    const pixels = smoothPicture(256, 256);
    const differences = SUB_POLICIES.map((specs, seed) => {
      const all = [...BASE, ...specs.map(([name, params]): OperationSpec => [name, { ...params, p: 1 }])];
      const faithful = run(pixels, all, { mode: "faithful", seed, side: 128 });
      return meanDifference(run(pixels, all, { mode: "fast", seed, side: 128 }), faithful);
    });
    assert(Math.max(...differences) < 1.5, `${differences}`);
    assert(differences.reduce((a, b) => a + b) / differences.length < 0.5, `${differences}`);
  });

  it("mirrors the borders of each move in the joined one", () => {
    const pixels = smoothPicture(128, 128);
    const shifts: OperationSpec[] = [
      ["ShiftScaleRotate", { p: 1, shift_limit: [0.4, 0.4], scale_limit: 0, rotate_limit: 0 }],
      ["ShiftScaleRotate", { p: 1, shift_limit: [-0.4, -0.4], scale_limit: 0, rotate_limit: 0 }],
    ];
    const [fast, faithful] = (["fast", "faithful"] as const).map((mode) =>
      run(pixels, shifts, { mode, seed: 1 })
    );
    assert(meanDifference(fast!, faithful!) < 0.5);
    assert(meanDifference(fast!, pixels) > 5);
  });
});
