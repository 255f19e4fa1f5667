import { type Field, gaussianFilter, gaussianWeights, reflectHalf } from "./gaussian.ts";
import { roundHalfEven } from "../rounding.ts";
import { STEPS } from "./sample.ts";
import { modeCount, smoothByModes } from "./smooth_modes.ts";

/** Strength and smoothness of a displacement. */
export interface DisplacementOptions {
  readonly alpha: number;
  readonly sigma: number;
  /** Which coordinate is displaced. */
  readonly axis: "x" | "y";
}

/** Coordinate plus displacement in 1/32 pixels, through the same float32 roundings as albumentations. */
function toSteps(coordinate: number, displacement: number): number {
  return roundHalfEven(Math.fround(coordinate + Math.fround(displacement)) * STEPS);
}

/** Computes single points of the exactly smoothed field; the vertical pass of the last row is kept. */
class ExactField {
  readonly #weights: Float64Array;
  readonly #columns: Float64Array;
  #row = -1;

  constructor(readonly noise: Field, sigma: number) {
    this.#weights = gaussianWeights(sigma);
    this.#columns = new Float64Array(noise.width);
  }

  #fillColumns(y: number): void {
    const { data, height, width } = this.noise;
    const start = (row: number) => reflectHalf(row, height) * width;
    const middle = start(y);
    for (let x = 0; x < width; x++) this.#columns[x] = data[middle + x]! * this.#weights[0]!;
    for (let j = this.#weights.length - 1; j > 0; j--) {
      const above = start(y - j), below = start(y + j), weight = this.#weights[j]!;
      for (let x = 0; x < width; x++) this.#columns[x]! += (data[above + x]! + data[below + x]!) * weight;
    }
    this.#row = y;
  }

  at(y: number, x: number): number {
    if (this.#row !== y) this.#fillColumns(y);
    const { width } = this.noise;
    let sum = this.#columns[x]! * this.#weights[0]!;
    for (let j = this.#weights.length - 1; j > 0; j--) {
      const pair = this.#columns[reflectHalf(x - j, width)]! + this.#columns[reflectHalf(x + j, width)]!;
      sum += pair * this.#weights[j]!;
    }
    return sum;
  }
}

function coordinatesOf(noise: Field, options: DisplacementOptions): Int32Array<ArrayBuffer> {
  const { data } = gaussianFilter(noise, options.sigma);
  const { width } = noise;
  const steps = new Int32Array(data.length);
  for (let i = 0; i < steps.length; i++) {
    const coordinate = options.axis === "x" ? i % width : Math.floor(i / width);
    steps[i] = toSteps(coordinate, data[i]! * options.alpha);
  }
  return steps;
}

/** Most points near a rounding boundary that are computed one by one; with more the whole field is. */
const EXACT_POINTS = 400;

/** The coordinates by cosine modes; null when their error leaves the rounding of too many points open. */
function coordinatesByModes(noise: Field, options: DisplacementOptions): Int32Array<ArrayBuffer> | null {
  const { height, width } = noise;
  const { alpha, axis } = options;
  const smoothed = smoothByModes(noise, options.sigma);
  const exact = new ExactField(noise, options.sigma);
  const row = new Float64Array(width);
  const steps = new Int32Array(height * width);
  let unsure = 0;
  for (let y = 0, o = 0; y < height; y++) {
    smoothed.row(y, row);
    for (let x = 0; x < width; x++, o++) {
      const coordinate = axis === "x" ? x : y;
      const low = toSteps(coordinate, (row[x]! - smoothed.error) * alpha);
      const high = toSteps(coordinate, (row[x]! + smoothed.error) * alpha);
      if (low !== high && ++unsure > EXACT_POINTS) return null;
      steps[o] = low === high ? low : toSteps(coordinate, exact.at(y, x) * alpha);
    }
  }
  return steps;
}

/**
 * Where each pixel comes from along one axis, in 1/32 pixels, when uniform noise, smoothed and multiplied by alpha,
 * displaces it: what `cv2.remap` makes of `np.float32(x + np.float32(gaussian_filter(noise, sigma) * alpha))`.
 *
 * Wide gaussians go through cosine modes, twenty times faster; every point whose rounding the small error could change
 * is computed exactly, so the result is the same.
 *
 * @param noise uniform in [-1, 1]
 */
export function displacedCoordinates(noise: Field, options: DisplacementOptions): Int32Array<ArrayBuffer> {
  const { sigma } = options;
  const modes = sigma > 0 ? modeCount(noise.width, sigma) + modeCount(noise.height, sigma) : Infinity;
  const byModes = modes < 8 * sigma ? coordinatesByModes(noise, options) : null;
  return byModes ?? coordinatesOf(noise, options);
}
