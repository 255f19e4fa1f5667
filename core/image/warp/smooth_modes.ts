import { type Field, gaussianWeights } from "./gaussian.ts";

/**
 * A gaussian so wide that only the lowest cosine modes of a picture pass it. Convolution with mirrored borders is a
 * product in the space of these modes (discrete cosine transform, type II), so a few modes give the smoothed field; what is
 * left out is the ripple of a kernel cut off at four deviations, whose size is known.
 */
interface AxisModes {
  readonly count: number;
  /** `[count, length]`: cos(pi k (2 i + 1) / (2 length)). */
  readonly cosines: Float64Array;
  /** What the kernel leaves of each mode, with the norm of the modes. */
  readonly gains: Float64Array;
  /** Sum of squares of the kernel, and of what the modes leave out of it. */
  readonly energy: number;
  readonly residual: number;
}

/** Modes beyond this many deviations of the gaussian's own spectrum are below 1e-8. */
const SPECTRUM_DEVIATIONS = 6;

/** How many modes matter along an axis. */
export function modeCount(length: number, sigma: number): number {
  return Math.min(length, Math.ceil(SPECTRUM_DEVIATIONS * length / (Math.PI * sigma)) + 1);
}

function cosineTable(length: number, count: number): Float64Array {
  const period = 4 * length;
  const quarter = Float64Array.from({ length: period }, (_, i) => Math.cos(Math.PI * i / (2 * length)));
  const cosines = new Float64Array(count * length);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < length; i++) cosines[k * length + i] = quarter[(k * (2 * i + 1)) % period]!;
  }
  return cosines;
}

/** Sum of squares of the kernel on a circle of twice the length, where mirrored borders make it live. */
function circularEnergy(weights: Float64Array, length: number): number {
  const circle = new Float64Array(2 * length);
  for (let j = 1 - weights.length; j < weights.length; j++) {
    circle[((j % circle.length) + circle.length) % circle.length]! += weights[Math.abs(j)]!;
  }
  return circle.reduce((sum, weight) => sum + weight * weight, 0);
}

function makeAxis(length: number, sigma: number): AxisModes {
  const count = modeCount(length, sigma);
  const weights = gaussianWeights(sigma);
  const energy = circularEnergy(weights, length);
  const gains = new Float64Array(count);
  let kept = 0;
  for (let k = 0; k < count; k++) {
    let response = weights[0]!;
    for (let j = 1; j < weights.length; j++) response += 2 * weights[j]! * Math.cos(Math.PI * k * j / length);
    kept += (k === 0 ? 1 : 2) * response * response / (2 * length);
    gains[k] = response * (k === 0 ? 1 : 2) / length;
  }
  return { count, cosines: cosineTable(length, count), gains, energy, residual: Math.max(0, energy - kept) };
}

/** Dot products of four rows of `table`, from row `k` on, with the first `length` numbers of `folded`. */
function dotFour(
  table: Float64Array,
  start: readonly [number, number, number, number],
  folded: Float64Array,
  to: {
    readonly out: Float64Array;
    readonly at: number;
    readonly count: number;
  },
): void {
  const [p, q, r, s] = start;
  const length = folded.length;
  let a = 0, b = 0, c = 0, d = 0;
  for (let i = 0; i < length; i++) {
    const value = folded[i]!;
    a += value * table[p + i]!;
    b += value * table[q + i]!;
    c += value * table[r + i]!;
    d += value * table[s + i]!;
  }
  const { out, at, count } = to;
  out[at] = a;
  if (count > 2) out[at + 2] = b;
  if (count > 4) out[at + 4] = c;
  if (count > 6) out[at + 6] = d;
}

/** The modes of each row, `[rows, count]`: even modes use the sum of mirrored samples, odd ones their difference. */
function rowModes(field: Field, axis: AxisModes): Float64Array {
  const { data, height, width } = field;
  const { count, cosines } = axis;
  const half = width >> 1, length = width - half;
  const sums = new Float64Array(length), differences = new Float64Array(length);
  const out = new Float64Array(height * count);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let i = 0; i < half; i++) {
      const left = data[start + i]!, right = data[start + width - 1 - i]!;
      sums[i] = left + right;
      differences[i] = left - right;
    }
    if (length > half) sums[half] = data[start + half]!;
    for (let k = 0; k < count; k += k % 2 === 0 ? 1 : 7) {
      const row = (mode: number) => Math.min(mode, count - 1) * width;
      const rows = [row(k), row(k + 2), row(k + 4), row(k + 6)] as const;
      dotFour(cosines, rows, k % 2 === 0 ? sums : differences, { out, at: y * count + k, count: count - k });
    }
  }
  return out;
}

/** Both axes: `[rowModes, columnModes]` coefficients of the smoothed field. */
function coefficients(field: Field, vertical: AxisModes, horizontal: AxisModes): Float64Array {
  const rows = rowModes(field, horizontal);
  const out = new Float64Array(vertical.count * horizontal.count);
  for (let k = 0; k < vertical.count; k++) {
    for (let y = 0; y < field.height; y++) {
      const weight = vertical.cosines[k * field.height + y]! * vertical.gains[k]!;
      for (let m = 0; m < horizontal.count; m++) {
        out[k * horizontal.count + m]! += weight * rows[y * horizontal.count + m]!;
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i]! *= horizontal.gains[i % horizontal.count]!;
  return out;
}

/** One row of the smoothed field from its modes: even modes are mirrored, odd ones change their sign. */
function fillRow(modes: Float64Array, axis: AxisModes, out: Float64Array): void {
  const width = out.length, half = (width + 1) >> 1;
  const { count, cosines } = axis;
  out.fill(0);
  for (let k = 0; k < count; k += 2) {
    const even = modes[k]!, odd = k + 1 < count ? modes[k + 1]! : 0;
    const p = k * width, q = Math.min(k + 1, count - 1) * width;
    for (let i = 0, j = width - 1; i < half; i++, j--) {
      const a = even * cosines[p + i]!, b = odd * cosines[q + i]!;
      out[i]! += a + b;
      if (j > i) out[j]! += a - b;
    }
  }
}

/** A field smoothed approximately, and how far it may be from the exact one. */
export interface SmoothedRows {
  /** Fills a row. */
  row(y: number, out: Float64Array): void;
  /** Ten deviations of the error, for uniform noise in [-1, 1]. */
  readonly error: number;
}

/**
 * Uniform noise in [-1, 1] smoothed by a wide gaussian through its lowest cosine modes, row by row.
 *
 * @param sigma standard deviation in samples; worth it from about a hundredth of the side on
 */
export function smoothByModes(noise: Field, sigma: number): SmoothedRows {
  const vertical = makeAxis(noise.height, sigma), horizontal = makeAxis(noise.width, sigma);
  const plane = coefficients(noise, vertical, horizontal);
  const modes = new Float64Array(horizontal.count);
  function row(y: number, out: Float64Array): void {
    modes.fill(0);
    for (let k = 0; k < vertical.count; k++) {
      const weight = vertical.cosines[k * noise.height + y]!;
      for (let m = 0; m < modes.length; m++) modes[m]! += weight * plane[k * modes.length + m]!;
    }
    fillRow(modes, horizontal, out);
  }
  // Mirrored borders at most double the energies; the noise has the variance 1/3.
  const variance = (4 / 3) * (vertical.residual * horizontal.energy + vertical.energy * horizontal.residual);
  return { row, error: 10 * Math.sqrt(variance) + 1e-12 };
}
