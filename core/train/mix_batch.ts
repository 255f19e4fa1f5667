import type { Batch } from "../data/loader.ts";
import { Random } from "../base/random.ts";

/** Mixup and CutMix settings, as the config's train section has them. */
export interface MixSettings {
  /** Alpha of mixup's Beta(alpha, alpha) distribution; 0 disables it. */
  readonly mixup: number;
  /** Alpha of CutMix's Beta(alpha, alpha) distribution; 0 disables it. */
  readonly cutmix: number;
  /** Probability that an image is mixed at all. */
  readonly mix_prob: number;
  /** Probability of CutMix rather than mixup where both are enabled. */
  readonly mix_switch_prob: number;
  /** First epoch, from 0, that mixes nothing; null for none. */
  readonly mix_off_epoch: number | null;
}

/** A box inside an image; `bottom` and `right` are exclusive. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Gamma-distributed number. Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal(), v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Draws from Beta(shape, shape). */
export function symmetricBeta(random: Random, shape: number): number {
  const a = gamma(random, shape), b = gamma(random, shape);
  return a + b === 0 ? 0.5 : a / (a + b);
}

/**
 * A box that covers about `1 - kept` of the image, centred on a random point and clipped at the borders.
 *
 * Source: Yun et al., "CutMix", 2019.
 */
export function randomBox(random: Random, size: number, kept: number): Box {
  const half = size * Math.sqrt(1 - kept) / 2;
  const [x, y] = [random.integer(0, size - 1), random.integer(0, size - 1)];
  const inside = (value: number) => Math.min(size, Math.max(0, Math.round(value)));
  return { top: inside(y - half), bottom: inside(y + half), left: inside(x - half), right: inside(x + half) };
}

/** Index of the image that each image is mixed with: a random permutation of the batch. */
function partners(random: Random, count: number): number[] {
  return random.shuffle(Array.from({ length: count }, (_, index) => index));
}

interface Pair {
  readonly own: number;
  readonly other: number;
  /** Weight (lambda) of the own image. */
  readonly share: number;
}

function blendImages(batch: Batch, images: Float32Array, { own, other, share }: Pair): void {
  const length = images.length / batch.count;
  for (let i = 0; i < length; i++) {
    images[own * length + i] = share * batch.images[own * length + i]! +
      (1 - share) * batch.images[other * length + i]!;
  }
}

function pasteBox(
  batch: Batch,
  images: Float32Array,
  { own, other, box }: Pair & { readonly box: Box },
): void {
  const { size, channels } = batch;
  const length = size * size * channels;
  for (let row = box.top; row < box.bottom; row++) {
    const [start, end] = [(row * size + box.left) * channels, (row * size + box.right) * channels];
    images.set(batch.images.subarray(other * length + start, other * length + end), own * length + start);
  }
}

function blendLabels(
  labels: ArrayLike<number>,
  mixed: Float32Array,
  { own, other, share, classes }: Pair & { classes: number },
): void {
  for (let label = 0; label < classes; label++) {
    mixed[own * classes + label] = share * labels[own * classes + label]! +
      (1 - share) * labels[other * classes + label]!;
  }
}

/** Share of the image area outside a box. */
function shareOutside(box: Box, size: number): number {
  return 1 - (box.bottom - box.top) * (box.right - box.left) / (size * size);
}

function mixesIn({ mixup, cutmix, mix_prob, mix_off_epoch }: MixSettings, epoch: number): boolean {
  return (mixup > 0 || cutmix > 0) && mix_prob > 0 && (mix_off_epoch === null || epoch < mix_off_epoch);
}

/**
 * Mixes images of a batch with others of the batch, by mixup (blending) or CutMix (pasting a box). Each image draws by
 * itself whether it is mixed and, with both enabled, which of the two it is. CutMix weighs the labels by the box's
 * actual area after clipping. Multi-label targets are mixed class by class. Deterministic in (seed, epoch, batch).
 *
 * Source: Zhang et al., "mixup", 2018; Yun et al., "CutMix", 2019; probabilities as in timm's `Mixup` with mode "elem".
 */
export function mixBatch(
  batch: Batch,
  settings: MixSettings,
  at: { readonly seed: number; readonly epoch: number },
): Batch {
  const { labels } = batch;
  if (!labels || !mixesIn(settings, at.epoch)) return batch;
  const random = new Random(at.seed, at.epoch, batch.index, "mix");
  const classes = labels.length / batch.count;
  const images = batch.images.slice();
  const mixed = new Float32Array(labels.length);
  for (const [own, other] of partners(random, batch.count).entries()) {
    const paste = settings.cutmix > 0 && (settings.mixup === 0 || random.next() < settings.mix_switch_prob);
    // Nothing is drawn for a certain event: runs from before the probability draw the same numbers.
    const mixes = settings.mix_prob === 1 || random.next() < settings.mix_prob;
    const drawn = mixes ? symmetricBeta(random, paste ? settings.cutmix : settings.mixup) : 1;
    const box = paste && mixes ? randomBox(random, batch.size, drawn) : null;
    const pair = { own, other, share: box ? shareOutside(box, batch.size) : drawn };
    if (box) pasteBox(batch, images, { ...pair, box });
    else blendImages(batch, images, pair);
    blendLabels(labels, mixed, { ...pair, classes });
  }
  return { ...batch, images, labels: mixed };
}
