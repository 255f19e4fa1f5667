/** A square grid of positions and the vectors of each, row by row. */
export interface PositionGrid {
  readonly side: number;
  readonly channels: number;
}

/** Keys's cubic with a = -0.5, which PyTorch takes when it antialiases. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Where the weights of an output begin, and the weights. */
interface Window {
  readonly start: number;
  readonly weights: readonly number[];
}

/** For each output the inputs that it is made of; the window widens when the side shrinks. */
function windows(from: number, to: number): Window[] {
  const scale = from / to, widening = Math.max(1, scale), support = 2 * widening;
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw = Array.from(
      { length: end - start },
      (_, at) => cubic((start + at + 0.5 - centre) / widening),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: raw.map((weight) => weight / total) };
  });
}

/** Resamples the middle axis of `[outer, from, inner]`. */
function resampleAxis(
  values: ArrayLike<number>,
  { outer, from, to, inner }: { outer: number; from: number; to: number; inner: number },
): Float64Array {
  const resampled = new Float64Array(outer * to * inner);
  const taps = windows(from, to);
  for (let block = 0; block < outer; block++) {
    for (const [row, { start, weights }] of taps.entries()) {
      const at = (block * to + row) * inner;
      for (const [tap, weight] of weights.entries()) {
        const source = (block * from + start + tap) * inner;
        for (let i = 0; i < inner; i++) resampled[at + i]! += weight * values[source + i]!;
      }
    }
  }
  return resampled;
}

/**
 * Position embeddings of a square grid for a grid of another side: bicubic, antialiased, corners not aligned.
 *
 * Source: timm/layers/pos_embed.py, `resample_abs_pos_embed`.
 *
 * @param values `[side, side, channels]`
 * @returns `[to, to, channels]`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const flat = new Float32Array(9).fill(0.5);
 * assertEquals(resamplePositions(flat, { side: 3, channels: 1 }, 2), new Float32Array(4).fill(0.5));
 * ```
 */
export function resamplePositions(
  values: Float32Array,
  { side, channels }: PositionGrid,
  to: number,
): Float32Array {
  const tall = resampleAxis(values, { outer: 1, from: side, to, inner: side * channels });
  return new Float32Array(resampleAxis(tall, { outer: to, from: side, to, inner: channels }));
}
