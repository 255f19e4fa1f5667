import { type AnyPixels, isDeep } from "../base/pixels.ts";

/** One of the eight symmetries of a square: first the transposition, then the flips. */
export interface Orientation {
  readonly transpose: boolean;
  /** Left and right swapped. */
  readonly mirror: boolean;
  /** Top and bottom swapped. */
  readonly upsideDown: boolean;
}

/** Nothing moved. */
export const UPRIGHT: Orientation = { transpose: false, mirror: false, upsideDown: false };

/** Picture data in rows of `[height, width, channels]`, bytes or floats. */
interface Grid<Data> {
  readonly data: Data;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array;

function move(from: Grid<Numbers>, orientation: Orientation, out: Numbers): void {
  const { data, height, width, channels } = from;
  const { transpose, mirror, upsideDown } = orientation;
  const newHeight = transpose ? width : height, newWidth = transpose ? height : width;
  const stepX = (transpose ? width : 1) * channels, stepY = (transpose ? 1 : width) * channels;
  const across = mirror ? -stepX : stepX;
  for (let y = 0, o = 0; y < newHeight; y++) {
    let p = (upsideDown ? newHeight - 1 - y : y) * stepY + (mirror ? (newWidth - 1) * stepX : 0);
    for (let x = 0; x < newWidth; x++, p += across) {
      for (let c = 0; c < channels; c++) out[o++] = data[p + c]!;
    }
  }
}

/** A picture turned or mirrored; the given one is left as it is. */
export function orient<Picture extends AnyPixels>(pixels: Picture, orientation: Orientation): Picture;
export function orient(pixels: AnyPixels, orientation: Orientation): AnyPixels {
  const { height, width, channels } = pixels;
  const { transpose, mirror, upsideDown } = orientation;
  if (!transpose && !mirror && !upsideDown) return pixels;
  const { length } = pixels.data;
  const data = isDeep(pixels) ? new Uint16Array(length) : new Uint8Array(length);
  if (!isDeep(pixels) && channels === 4 && pixels.data.byteOffset % 4 === 0) {
    // A pixel of four channels is moved as one 32-bit number.
    const whole = new Uint32Array(pixels.data.buffer, pixels.data.byteOffset, height * width);
    move({ data: whole, height, width, channels: 1 }, orientation, new Uint32Array(data.buffer));
  } else move(pixels, orientation, data);
  return {
    data,
    height: transpose ? width : height,
    width: transpose ? height : width,
    channels,
  } as AnyPixels;
}

/** Writes a square float picture turned or mirrored into `out`. */
export function orientFloats(from: Grid<Float32Array>, orientation: Orientation, out: Float32Array): void {
  move(from, orientation, out);
}

/**
 * The orientation that `np.rot90(image, quarterTurns)` gives: counter-clockwise.
 *
 * @example One turn puts the right column on top
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pixels = { data: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2, channels: 1 };
 * assertEquals([...orient(pixels, quarterTurn(1)).data], [2, 4, 1, 3]);
 * ```
 */
export function quarterTurn(quarterTurns: number): Orientation {
  const turns = ((quarterTurns % 4) + 4) % 4;
  return {
    transpose: turns % 2 === 1,
    mirror: turns === 2 || turns === 3,
    upsideDown: turns === 1 || turns === 2,
  };
}
