import type { Pixels } from "../base/pixels.ts";
import { PLAIN } from "./assembled.ts";

/** Fractional bits of Pillow's fixed-point weights: 22 leaves two bits of headroom above a byte in an int32. */
const PRECISION = 22;

const known = new Map<string, Uint8Array>();

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

/** Source window of one output pixel: start and fixed-point weights. */
interface Window {
  readonly start: number;
  readonly weights: Int32Array;
}

function windowOf(out: number, from: number, to: number): Window {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = 3 * filterScale;
  const centre = (out + 0.5) * scale;
  const start = Math.max(0, Math.trunc(centre - support + 0.5));
  const length = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
  const exact = windowWeights(length, start - centre, 1 / filterScale);
  const weights = Int32Array.from(exact, (weight) => {
    const scaled = weight * 2 ** PRECISION;
    return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  });
  return { start, weights };
}

/** Packs the windows for the WebAssembly kernel; see assembly/index.ts for the format. */
function makeTable(from: number, to: number): Uint8Array {
  const windows = Array.from({ length: to }, (_, out) => windowOf(out, from, to));
  const groups = windows.map(({ weights }) => Math.ceil(weights.length / 8));
  const table = new DataView(new ArrayBuffer(8 * to + 32 * groups.reduce((sum, count) => sum + count, 0)));
  let at = 8 * to;
  for (const [out, { start, weights }] of windows.entries()) {
    table.setInt32(8 * out, start, true);
    table.setInt32(8 * out + 4, groups[out]!, true);
    for (const [place, weight] of weights.entries()) {
      const group = at + 32 * (place >> 3) + 2 * (place & 7);
      table.setInt16(group, weight & 0x7fff, true);
      table.setInt16(group + 16, weight >> 15, true);
    }
    at += 32 * groups[out]!;
  }
  return new Uint8Array(table.buffer);
}

/** Pillow's Lanczos weights for resizing one length to another, cached for up to 256 pairs of lengths. */
function lanczosTable(from: number, to: number): Uint8Array {
  const key = `${from}>${to}`;
  let table = known.get(key);
  if (!table) {
    if (known.size >= 256) known.clear();
    known.set(key, table = makeTable(from, to));
  }
  return table;
}

/** Bytes of source lines per kernel call, which bounds memory. */
const CHUNK = 1 << 20;
/** Padding: the kernel reads up to seven bytes past a line, with weight 0. */
const MARGIN = 16;

interface Kernel {
  turnedPass(
    source: number,
    lines: number,
    step: number,
    table: number,
    outputs: number,
    target: number,
    targetStep: number,
  ): void;
}

const memory = new WebAssembly.Memory({ initial: 1 });
const module = new WebAssembly.Module(Uint8Array.fromBase64(PLAIN));
const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;

function ensureMemory(size: number): Uint8Array {
  const missing = size - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  return new Uint8Array(memory.buffer);
}

/**
 * Resizes the rows of an image and transposes it.
 *
 * @param source `[lines, from]`
 * @returns `[to, lines]`
 */
function turnedPass(
  source: Uint8Array,
  lines: number,
  { from, to }: { from: number; to: number },
): Uint8Array {
  const table = lanczosTable(from, to);
  const linesAtOnce = Math.max(1, Math.min(lines, Math.floor(CHUNK / from)));
  const sourceAt = (table.length + 15) & ~15;
  const targetAt = sourceAt + linesAtOnce * from + MARGIN;
  const bytes = ensureMemory(targetAt + to * lines);
  bytes.set(table);
  for (let line = 0; line < lines; line += linesAtOnce) {
    const count = Math.min(linesAtOnce, lines - line);
    bytes.set(source.subarray(line * from, (line + count) * from), sourceAt);
    kernel.turnedPass(sourceAt, count, from, 0, to, targetAt + line, lines);
  }
  return bytes.slice(targetAt, targetAt + to * lines);
}

/** Transposes `[lines, length]` to `[length, lines]`. */
function turn(source: Uint8Array, lines: number, length: number): Uint8Array {
  const turned = new Uint8Array(source.length);
  for (let line = 0; line < lines; line++) {
    for (let x = 0; x < length; x++) turned[x * lines + line] = source[line * length + x]!;
  }
  return turned;
}

/**
 * Resizes a grayscale image exactly as Pillow's 8-bit `resize(..., LANCZOS)`: first horizontally, rounded and clipped
 * to bytes, then vertically; a pass that would keep its length is skipped.
 *
 * @param pixels `[height, width, 1]`
 * @returns `[height, width]` at the new size
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
  if (width === size.width && height === size.height) return pixels.data;
  const columns = width === size.width
    ? turn(pixels.data, height, width)
    : turnedPass(pixels.data, height, { from: width, to: size.width });
  return height === size.height
    ? turn(columns, size.width, height)
    : turnedPass(columns, size.width, { from: height, to: size.height });
}
