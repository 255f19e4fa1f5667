import type { AnyPixels } from "../base/pixels.ts";

/** Box filters in a row that stand for the gaussian. */
const PASSES = 3;
/** Weights are whole numbers, as parts of this. */
const ONE = 2 ** 24;
const float = Math.fround;

/** Weights of a box whose ends count in part: `center` for each of the 2 `reach` + 1 samples, `end` for one more on each side. */
interface Box {
  readonly reach: number;
  readonly center: number;
  readonly end: number;
}

/**
 * The box that, applied several times along an axis, has the variance of the gaussian. All in float32, as Pillow has it.
 *
 * Source: Gwosdek et al., "Theoretical foundations of gaussian convolution by extended box filtering", 2011, equations
 * 7, 11 and 14.
 */
function extendedBox(sigma: number): Box {
  const variance = float(float(float(sigma) * float(sigma)) / PASSES);
  const length = float(Math.sqrt(12 * variance + 1));
  const whole = Math.floor((length - 1) / 2);
  const above = float((2 * whole + 1) * float(whole * (whole + 1) - float(3 * variance)));
  const part = float(above / float(6 * float(variance - (whole + 1) * (whole + 1))));
  const radius = float(whole + part), reach = Math.trunc(radius);
  const center = Math.trunc(float(ONE / float(float(radius * 2) + 1)));
  return { reach, center, end: Math.floor((ONE - (2 * reach + 1) * center) / 2) };
}

/** How samples lie along the filtered axis: `lines` lines after each other, each of `positions` times `width` samples. */
interface Axis {
  readonly lines: number;
  readonly positions: number;
  readonly width: number;
}

/** One box filter along an axis; beyond the ends the last sample repeats. Each output is rounded to the nearest. */
function filterAxis(
  data: AnyPixels["data"],
  out: AnyPixels["data"],
  { axis: { lines, positions, width }, box: { reach, center, end } }: { axis: Axis; box: Box },
): void {
  const sums = new Float64Array(width);
  for (let line = 0; line < lines; line++) {
    const start = line * positions * width;
    const at = (position: number) => start + Math.min(positions - 1, Math.max(0, position)) * width;
    sums.fill(0);
    for (let position = -reach; position < reach; position++) {
      const from = at(position);
      for (let i = 0; i < width; i++) sums[i]! += data[from + i]!;
    }
    for (let position = 0; position < positions; position++) {
      const entering = at(position + reach), leaving = at(position - reach);
      const before = at(position - reach - 1), after = at(position + reach + 1), to = at(position);
      for (let i = 0; i < width; i++) {
        const sum = sums[i]! + data[entering + i]!;
        // Storing it cuts the fraction off.
        out[to + i] = (sum * center + (data[before + i]! + data[after + i]!) * end + ONE / 2) / ONE;
        sums[i] = sum - data[leaving + i]!;
      }
    }
  }
}

/**
 * A picture blurred by a gaussian, byte for byte Pillow's `ImageFilter.GaussianBlur`, which filters by three boxes along
 * each axis and repeats the borders.
 *
 * @param sigma standard deviation in pixels, above 0
 */
export function gaussianBlur<Picture extends AnyPixels>(pixels: Picture, sigma: number): Picture;
export function gaussianBlur(pixels: AnyPixels, sigma: number): AnyPixels {
  const { height, width, channels } = pixels, box = extendedBox(sigma);
  const along: Axis = { lines: height, positions: width, width: channels };
  const down: Axis = { lines: 1, positions: height, width: width * channels };
  let data: AnyPixels["data"] = pixels.data.slice(), other: AnyPixels["data"] = pixels.data.slice();
  for (let pass = 0; pass < 2 * PASSES; pass++) {
    const axis = pass < PASSES ? along : down;
    filterAxis(data, other, { axis, box });
    [data, other] = [other, data];
  }
  return { ...pixels, data } as AnyPixels;
}
