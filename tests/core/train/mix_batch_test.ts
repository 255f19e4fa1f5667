import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Batch } from "../../../core/data/loader.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import { Random } from "../../../core/base/random.ts";
import { mixBatch, type MixSettings, symmetricBeta } from "../../../core/train/mix_batch.ts";

const COUNT = 8, SIZE = 10, CHANNELS = 2, CLASSES = 4;

/** Image k is k + 1 everywhere, so its pixels tell where they come from; labels overlap. */
function flatBatch(): Batch {
  const length = SIZE * SIZE * CHANNELS;
  const images = Float32Array.from({ length: COUNT * length }, (_, i) => Math.floor(i / length) + 1);
  const labels = new Uint8Array(COUNT * CLASSES);
  for (let row = 0; row < COUNT; row++) {
    labels[row * CLASSES + row % CLASSES] = 1;
    labels[row * CLASSES + (row + 1) % CLASSES] = 1;
  }
  const ids = Array.from({ length: COUNT }, (_, i) => `id${i}`);
  return { index: 3, ids, images, labels, count: COUNT, views: 1, size: SIZE, channels: CHANNELS };
}

const DEFAULTS = { mix_prob: 1, mix_switch_prob: 0.5, mix_off_epoch: null };

function mix(settings: Pick<MixSettings, "mixup" | "cutmix"> & Partial<MixSettings>, epoch = 0) {
  const batch = flatBatch();
  return { batch, mixed: mixBatch(batch, { ...DEFAULTS, ...settings }, { seed: 1, epoch }) };
}

/** Of the images of many epochs: the share that stay as they are, and of the others the share with a box. */
function shares(settings: Parameters<typeof mix>[0]): { untouched: number; boxes: number } {
  let untouched = 0, boxes = 0, blends = 0;
  for (let epoch = 0; epoch < 200; epoch++) {
    const { mixed } = mix(settings, epoch);
    for (let row = 0; row < COUNT; row++) {
      const pixels = new Set(rowOf(mixed.images, row));
      if (pixels.size > 1) boxes += 1;
      else if (pixels.has(row + 1)) untouched += 1;
      else blends += 1;
    }
  }
  return { untouched: untouched / (200 * COUNT), boxes: boxes / (boxes + blends) };
}

function rowOf(values: ArrayLike<number>, row: number): number[] {
  const length = values.length / COUNT;
  return Array.from({ length }, (_, i) => values[row * length + i]!);
}

/** The labels that a picture's pixels ask for, when every pixel comes whole from one image. */
function labelsByArea(batch: Batch, pixels: number[]): number[] {
  const labels = Array<number>(CLASSES).fill(0);
  for (const pixel of pixels) {
    const from = rowOf(batch.labels!, pixel - 1);
    from.forEach((value, label) => labels[label]! += value / pixels.length);
  }
  return labels;
}

describe("mixBatch()", () => {
  it("gives cutmix labels by the area that is really there, for several labels per image", () => {
    let changed = 0;
    for (let epoch = 0; epoch < 20; epoch++) {
      const { batch, mixed } = mix({ mixup: 0, cutmix: 1 }, epoch);
      for (let row = 0; row < COUNT; row++) {
        const pixels = rowOf(mixed.images, row);
        const expected = labelsByArea(batch, pixels);
        rowOf(mixed.labels!, row).forEach((value, label) =>
          assertAlmostEquals(value, expected[label]!, 1e-5)
        );
        if (new Set(pixels).size > 1) changed += 1;
      }
    }
    assert(changed > 40, `only ${changed} images have a box`);
  });

  it("blends images and labels by the same share with mixup", () => {
    const { batch, mixed } = mix({ mixup: 0.5, cutmix: 0 });
    for (let row = 0; row < COUNT; row++) {
      const value = rowOf(mixed.images, row)[0]!;
      assert(rowOf(mixed.images, row).every((pixel) => pixel === value));
      const labels = rowOf(mixed.labels!, row);
      const fits = Array.from({ length: COUNT }, (_, other) => other).some((other) => {
        const share = other === row ? 1 : (value - (other + 1)) / (row - other);
        const [own, their] = [rowOf(batch.labels!, row), rowOf(batch.labels!, other)];
        return labels.every((label, i) => Math.abs(label - share * own[i]! - (1 - share) * their[i]!) < 1e-5);
      });
      assert(fits, `row ${row}`);
    }
  });

  it("draws the same for the same seed and epoch, other things for another", () => {
    assertEquals(mix({ mixup: 0.2, cutmix: 1 }).mixed, mix({ mixup: 0.2, cutmix: 1 }).mixed);
    assert(
      mix({ mixup: 0.2, cutmix: 1 }).mixed.labels!.join() !==
        mix({ mixup: 0.2, cutmix: 1 }, 1).mixed.labels!.join(),
    );
  });

  it("leaves the given batch alone, and gives it back when off", () => {
    const { batch } = mix({ mixup: 1, cutmix: 1 });
    assertEquals(batch, flatBatch());
    const off = mix({ mixup: 0, cutmix: 0 });
    assertEquals(off.mixed, off.batch);
  });

  it("draws by default what it drew before there were probabilities", () => {
    const digest = (settings: Parameters<typeof mix>[0]) => {
      const { images, labels } = mix(settings).mixed;
      return sha256(JSON.stringify([[...images], [...labels!]])).slice(0, 16);
    };
    assertEquals(digest({ mixup: 0.4, cutmix: 1 }), "4c04ff767c27d13a");
    assertEquals(digest({ mixup: 0.4, cutmix: 0 }), "9a22201ff61ea4a1");
    assertEquals(digest({ mixup: 0, cutmix: 1 }), "5538a0c7a0137299");
  });

  it("mixes the share of images that mix_prob says, the others keep pixels and labels", () => {
    // One in eight images is its own partner; beyond that, 0.7 of them are left alone.
    const alone = 0.7 + 0.3 / COUNT;
    assertAlmostEquals(shares({ mixup: 1, cutmix: 0, mix_prob: 0.3 }).untouched, alone, 0.04);
    const { batch, mixed } = mix({ mixup: 1, cutmix: 1, mix_prob: 0.3 });
    const kept = Array.from({ length: COUNT }, (_, row) => row).filter((row) =>
      rowOf(mixed.images, row).every((pixel) => pixel === row + 1)
    );
    assert(kept.length > 0 && kept.length < COUNT);
    for (const row of kept) assertEquals(rowOf(mixed.labels!, row), rowOf(batch.labels!, row));
    assertEquals(mix({ mixup: 1, cutmix: 1, mix_prob: 0 }).mixed, flatBatch());
  });

  it("switches to cutmix as often as mix_switch_prob says", () => {
    const both = { mixup: 1, cutmix: 1 };
    assertEquals(shares({ ...both, mix_switch_prob: 0 }).boxes, 0);
    const [seldom, often] = [0.2, 0.8].map((mix_switch_prob) => shares({ ...both, mix_switch_prob }).boxes);
    assertAlmostEquals(seldom!, 0.2, 0.05);
    // Some boxes have no area or are pasted from an image onto itself.
    assert(often! > 0.7 && often! < 0.85, `${often}`);
  });

  it("stops with the epoch mix_off_epoch", () => {
    const settings = { mixup: 1, cutmix: 1, mix_off_epoch: 2 };
    assertEquals(mix(settings, 1).mixed, mix({ mixup: 1, cutmix: 1 }, 1).mixed);
    for (const epoch of [2, 3]) assertEquals(mix(settings, epoch).mixed, flatBatch());
  });
});

describe("symmetricBeta()", () => {
  it("has mean 1/2 and variance 1 / (4 (2 a + 1))", () => {
    for (const shape of [0.2, 1, 4]) {
      const random = new Random(5, shape);
      const draws = Array.from({ length: 20_000 }, () => symmetricBeta(random, shape));
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
      assertAlmostEquals(mean, 0.5, 0.01);
      assertAlmostEquals(variance, 1 / (4 * (2 * shape + 1)), 0.005);
    }
  });
});
