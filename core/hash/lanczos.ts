import type { Pixels } from "../plugin/contracts.ts";

/** Pillow's fixed point: weights times 2^22 leave two bits of headroom above a byte in an int32. */
const PRECISION = 22;

/** The weights of one direction: for each output pixel where its window starts, how long it is, and its weights. */
export interface LanczosWeights {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** `[output, stride]`, times 2^22. */
  readonly weights: Int32Array;
  readonly stride: number;
}

const known = new Map<string, LanczosWeights>();

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}

function lanczos(x: number): number {
  return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function windowWeights(length: number, offset: number, inverse: number): Float64Array {
  const weights = Float64Array.from({ length }, (_, x) => lanczos((x + offset + 0.5) * inverse));
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum === 0 ? weights : weights.map((weight) => weight / sum);
}

function computeWeights(from: number, to: number): LanczosWeights {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = 3 * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to), lengths = new Int32Array(to), weights = new Int32Array(to * stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    const exact = windowWeights(length, start - centre, 1 / filterScale);
    for (let x = 0; x < length; x++) {
      const scaled = exact[x]! * 2 ** PRECISION;
      weights[out * stride + x] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    starts[out] = start;
    lengths[out] = length;
  }
  return { starts, lengths, weights, stride };
}

/** Pillow's Lanczos weights from one length to another; the last few hundred pairs are kept. */
export function lanczosWeights(from: number, to: number): LanczosWeights {
  const key = `${from}>${to}`;
  let weights = known.get(key);
  if (!weights) {
    if (known.size >= 256) known.clear();
    known.set(key, weights = computeWeights(from, to));
  }
  return weights;
}

function clip(sum: number): number {
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** One direction: pixel `x` of line `line` lies at `line * lineStep + x * step`, in the source and in the result. */
interface Pass {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  readonly step: number;
  readonly lineStep: number;
  readonly lineStepOut: number;
}

function runPass(source: Uint8Array, pass: Pass): Uint8Array {
  const { starts, lengths, weights, stride } = lanczosWeights(pass.from, pass.to);
  const { lines, step, lineStep, lineStepOut } = pass;
  const result = new Uint8Array(lines * pass.to);
  for (let line = 0; line < lines; line++) {
    for (let out = 0; out < pass.to; out++) {
      let sum = 1 << (PRECISION - 1);
      let at = line * lineStep + starts[out]! * step;
      const end = out * stride + lengths[out]!;
      for (let w = out * stride; w < end; w++, at += step) sum += source[at]! * weights[w]!;
      result[line * lineStepOut + out * step] = clip(sum);
    }
  }
  return result;
}

/**
 * Resizes a gray picture exactly as Pillow's 8-bit `resize(..., LANCZOS)`: first across, rounded and clipped to bytes,
 * then down; a direction that has its length already is left alone.
 *
 * @param pixels `[height, width, 1]`
 * @returns `[height, width]` of the new size
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pixels = { data: new Uint8Array(12 * 10).fill(77), width: 12, height: 10, channels: 1 };
 * assertEquals(resizeLanczos(pixels, { width: 2, height: 2 }), new Uint8Array([77, 77, 77, 77]));
 * ```
 */
export function resizeLanczos(
  pixels: Pixels,
  size: { readonly width: number; readonly height: number },
): Uint8Array {
  const { width, height } = pixels;
  const across = {
    from: width,
    to: size.width,
    lines: height,
    step: 1,
    lineStep: width,
    lineStepOut: size.width,
  };
  const data = width === size.width ? pixels.data : runPass(pixels.data, across);
  if (height === size.height) return data;
  const down = {
    from: height,
    to: size.height,
    lines: size.width,
    step: size.width,
    lineStep: 1,
    lineStepOut: 1,
  };
  return runPass(data, down);
}
