/**
 * The discrete cosine transform of SciPy's FFT library, operation by operation. A hash bit can depend on whether two
 * coefficients are exactly equal (blank, mirrored or symmetric images), so the order of float64 operations matters and
 * a matrix product would not be equivalent. Real FFT with radix-4 and radix-2 passes: Swarztrauber, "Vectorizing the
 * FFTs", 1982.
 */

/**
 * A pass of the backward real FFT: radix, stride within a block, number of blocks, twiddles `[radix - 1, inner - 1]`.
 */
interface Pass {
  readonly radix: 2 | 4;
  readonly inner: number;
  readonly blocks: number;
  readonly factors: Float64Array;
}

/** Precomputed factors for one transform length. */
interface Plan {
  readonly length: number;
  readonly passes: readonly Pass[];
  readonly twiddles: Float64Array;
  readonly scratch: Float64Array;
}

type Complex = readonly [real: number, imaginary: number];

/** Point on the unit circle at `index / count` turns, computed from the nearest octant for accuracy. */
function octantPoint(index: number, count: number): Complex {
  const angle = (Math.PI * 0.25) / count;
  let x = index * 8;
  if (x >= 4 * count) {
    const [real, imaginary] = octantPoint(count - index, count);
    return [real, -imaginary];
  }
  const turned = x >= 2 * count;
  if (turned) x -= 2 * count;
  const [a, b] = x < count
    ? [Math.cos(x * angle), Math.sin(x * angle)]
    : [Math.sin((2 * count - x) * angle), Math.cos((2 * count - x) * angle)];
  return turned ? [-b, a] : [a, b];
}

/** Root of unity at `index / count` turns, as the product of a fine and a coarse point, like SciPy's library. */
function rootOfUnity(index: number, count: number): Complex {
  if (2 * index > count) {
    const [real, imaginary] = rootOfUnity(count - index, count);
    return [real, -imaginary];
  }
  let shift = 1;
  while (4 ** shift < (count + 2) >> 1) shift++;
  const fine = octantPoint(index & ((1 << shift) - 1), count);
  const coarse = octantPoint((index >> shift) << shift, count);
  return [fine[0] * coarse[0] - fine[1] * coarse[1], fine[0] * coarse[1] + fine[1] * coarse[0]];
}

function passFactors(length: number, radix: number, blocks: number): Float64Array {
  const inner = length / (radix * blocks);
  const factors = new Float64Array((radix - 1) * Math.max(0, inner - 1));
  for (let j = 1; j < radix; j++) {
    for (let i = 1; i <= (inner - 1) >> 1; i++) {
      const [real, imaginary] = rootOfUnity(j * blocks * i, length);
      factors[(j - 1) * (inner - 1) + 2 * i - 2] = real;
      factors[(j - 1) * (inner - 1) + 2 * i - 1] = imaginary;
    }
  }
  return factors;
}

function makePlan(length: number): Plan {
  const radices: (2 | 4)[] = [];
  let rest = length;
  for (; rest % 4 === 0; rest /= 4) radices.push(4);
  if (rest % 2 === 0) {
    radices.push(2);
    [radices[0], radices[radices.length - 1]] = [2, radices[0]!];
    rest /= 2;
  }
  if (rest !== 1) throw new RangeError(`The transform's length is ${length}; it must be a power of two`);
  let blocks = 1;
  const passes = radices.map((radix): Pass => {
    const pass = {
      radix,
      inner: length / (radix * blocks),
      blocks,
      factors: passFactors(length, radix, blocks),
    };
    blocks *= radix;
    return pass;
  });
  const twiddles = Float64Array.from({ length }, (_, i) => rootOfUnity(i + 1, 4 * length)[0]);
  return { length, passes, twiddles, scratch: new Float64Array(length) };
}

function radix2(from: Float64Array, to: Float64Array, pass: Pass): void {
  const { inner, blocks, factors } = pass;
  for (let k = 0; k < blocks; k++) {
    const a = 2 * inner * k, b = a + inner, c = inner * k, d = inner * (k + blocks);
    to[c] = from[a]! + from[b + inner - 1]!;
    to[d] = from[a]! - from[b + inner - 1]!;
    if (inner % 2 === 0) {
      to[c + inner - 1] = 2 * from[a + inner - 1]!;
      to[d + inner - 1] = -2 * from[b]!;
    }
    for (let i = 2; i < inner; i += 2) {
      const j = inner - i;
      to[c + i - 1] = from[a + i - 1]! + from[b + j - 1]!;
      const real = from[a + i - 1]! - from[b + j - 1]!;
      const imaginary = from[a + i]! + from[b + j]!;
      to[c + i] = from[a + i]! - from[b + j]!;
      const wr = factors[i - 2]!, wi = factors[i - 1]!;
      to[d + i] = wr * imaginary + wi * real;
      to[d + i - 1] = wr * real - wi * imaginary;
    }
  }
}

function radix4Ends(from: Float64Array, to: Float64Array, pass: Pass): void {
  const { inner, blocks } = pass;
  const step = inner * blocks, last = inner - 1;
  for (let k = 0; k < blocks; k++) {
    const a = 4 * inner * k, c = inner * k;
    const sum = from[a]! + from[a + 3 * inner + last]!, difference = from[a]! - from[a + 3 * inner + last]!;
    const third = 2 * from[a + inner + last]!, fourth = 2 * from[a + 2 * inner]!;
    to[c] = sum + third;
    to[c + 2 * step] = sum - third;
    to[c + 3 * step] = difference + fourth;
    to[c + step] = difference - fourth;
    if (inner % 2 !== 0) continue;
    const ti1 = from[a + 3 * inner]! + from[a + inner]!, ti2 = from[a + 3 * inner]! - from[a + inner]!;
    const tr2 = from[a + last]! + from[a + 2 * inner + last]!,
      tr1 = from[a + last]! - from[a + 2 * inner + last]!;
    to[c + last] = tr2 + tr2;
    to[c + step + last] = Math.SQRT2 * (tr1 - ti1);
    to[c + 2 * step + last] = ti2 + ti2;
    to[c + 3 * step + last] = -Math.SQRT2 * (tr1 + ti1);
  }
}

function radix4Middle(from: Float64Array, to: Float64Array, pass: Pass): void {
  const { inner, blocks, factors } = pass;
  const step = inner * blocks;
  for (let k = 0; k < blocks; k++) {
    const a = 4 * inner * k, b = a + inner, e = b + inner, f = e + inner;
    for (let i = 2; i < inner; i += 2) {
      const j = inner - i, c = inner * k + i;
      const tr2 = from[a + i - 1]! + from[f + j - 1]!, tr1 = from[a + i - 1]! - from[f + j - 1]!;
      const ti1 = from[a + i]! + from[f + j]!, ti2 = from[a + i]! - from[f + j]!;
      const tr4 = from[e + i]! + from[b + j]!, ti3 = from[e + i]! - from[b + j]!;
      const tr3 = from[e + i - 1]! + from[b + j - 1]!, ti4 = from[e + i - 1]! - from[b + j - 1]!;
      to[c - 1] = tr2 + tr3;
      to[c] = ti2 + ti3;
      const real = [tr1 - tr4, tr2 - tr3, tr1 + tr4], imaginary = [ti1 + ti4, ti2 - ti3, ti1 - ti4];
      for (let m = 0; m < 3; m++) {
        const wr = factors[m * (inner - 1) + i - 2]!, wi = factors[m * (inner - 1) + i - 1]!;
        to[c + (m + 1) * step] = wr * imaginary[m]! + wi * real[m]!;
        to[c + (m + 1) * step - 1] = wr * real[m]! - wi * imaginary[m]!;
      }
    }
  }
}

function backwardTransform(line: Float64Array, plan: Plan): void {
  let from = line, to = plan.scratch;
  for (const pass of plan.passes) {
    if (pass.radix === 2) radix2(from, to, pass);
    else {
      radix4Ends(from, to, pass);
      radix4Middle(from, to, pass);
    }
    [from, to] = [to, from];
  }
  if (from !== line) line.set(from);
}

function transformLine(line: Float64Array, plan: Plan): void {
  const { length, twiddles } = plan;
  const half = length / 2;
  line[0]! *= 2;
  line[length - 1]! *= 2;
  for (let k = 1; k < length - 1; k += 2) {
    const next = line[k + 1]!;
    line[k + 1] = next - line[k]!;
    line[k] = line[k]! + next;
  }
  backwardTransform(line, plan);
  for (let k = 1, m = length - 1; k < half; k++, m--) {
    const sum = twiddles[k - 1]! * line[m]! + twiddles[m - 1]! * line[k]!;
    const difference = twiddles[k - 1]! * line[k]! - twiddles[m - 1]! * line[m]!;
    line[k] = 0.5 * (sum + difference);
    line[m] = 0.5 * (sum - difference);
  }
  line[half]! *= twiddles[half - 1]!;
}

const plans = new Map<number, Plan>();

/**
 * The low-frequency DCT-II coefficients of a square image, unnormalised, by columns, then by rows, as
 * `scipy.fftpack.dct(scipy.fftpack.dct(pixels, axis=0), axis=1)[:keep, :keep]`.
 *
 * @param pixels `[side, side]`; the side is a power of two
 * @returns `[keep, keep]`
 * @example A constant image has exact zeros
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...lowFrequencies(new Uint8Array(16).fill(7), { side: 4, keep: 2 })], [448, 0, 0, 0]);
 * ```
 */
export function lowFrequencies(
  pixels: Uint8Array,
  options: { readonly side: number; readonly keep: number },
): Float64Array {
  const { side, keep } = options;
  let plan = plans.get(side);
  if (!plan) plans.set(side, plan = makePlan(side));
  const rows = Array.from({ length: keep }, () => new Float64Array(side));
  const column = new Float64Array(side);
  for (let x = 0; x < side; x++) {
    for (let y = 0; y < side; y++) column[y] = pixels[y * side + x]!;
    transformLine(column, plan);
    for (let y = 0; y < keep; y++) rows[y]![x] = column[y]!;
  }
  const result = new Float64Array(keep * keep);
  for (const [y, row] of rows.entries()) {
    transformLine(row, plan);
    result.set(row.subarray(0, keep), y * keep);
  }
  return result;
}
