/** Fills `out[from..to)` with evenly spaced numbers, both ends included, by NumPy's `linspace`. */
function fillEvenly(
  out: Float32Array,
  span: { from: number; to: number; first: number; last: number },
): void {
  const { from, to, first, last } = span;
  const count = to - from;
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  for (let i = 0; i < count; i++) out[from + i] = i * step + first;
  if (count > 1) out[to - 1] = last;
}

/**
 * Where the samples of one axis come from under albumentations' GridDistortion: cells of `floor(length / steps)` samples,
 * each stretched by its factor, a cell's end included in it; a last cell that is cut off ends at `length`.
 *
 * @param options.factors one for each cell and one more
 * @returns float32 of `[length]`
 *
 * @example Factors of 1 squeeze each cell by its included end
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...distortedAxis(4, { steps: 2, factors: [1, 1, 1] })], [0, 2, 2, 4]);
 * ```
 */
export function distortedAxis(
  length: number,
  options: { readonly steps: number; readonly factors: readonly number[] },
): Float32Array<ArrayBuffer> {
  const { steps, factors } = options;
  // albumentations refuses axes with fewer samples than cells, or many more cells than factors: here cells keep at
  // least one sample and the last factor is used for all further cells.
  const step = Math.max(1, Math.floor(length / steps));
  const axis = new Float32Array(length);
  let previous = 0;
  for (let from = 0, cell = 0; from < length; from += step, cell++) {
    const cut = from + step > length;
    const last = cut ? length : previous + step * factors[Math.min(cell, steps)]!;
    fillEvenly(axis, { from, to: cut ? length : from + step, first: previous, last });
    previous = last;
  }
  return axis;
}
