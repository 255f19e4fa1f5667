import type { Pixels } from "../../base/pixels.ts";
import { roundHalfEven } from "../rounding.ts";

/** What is added to hue (180 steps to the circle), saturation and value (0 to 255). */
export interface HsvShift {
  readonly hue: number;
  readonly saturation: number;
  readonly value: number;
}

/** Hue, saturation, value as OpenCV stores them in bytes. */
type Hsv = [hue: number, saturation: number, value: number];

const SATURATION_SCALE = Int32Array.from(
  { length: 256 },
  (_, i) => i === 0 ? 0 : roundHalfEven((255 << 12) / i),
);
const HUE_SCALE = Int32Array.from(
  { length: 256 },
  (_, i) => i === 0 ? 0 : roundHalfEven((180 << 12) / (6 * i)),
);

/** OpenCV's RGB to HSV for bytes: 12-bit fixed point. */
function toHsv(red: number, green: number, blue: number): Hsv {
  const value = Math.max(red, green, blue), range = value - Math.min(red, green, blue);
  const saturation = (range * SATURATION_SCALE[value]! + 2048) >> 12;
  const sector = value === red
    ? green - blue
    : value === green
    ? blue - red + 2 * range
    : red - green + 4 * range;
  const hue = (sector * HUE_SCALE[range]! + 2048) >> 12;
  return [hue < 0 ? hue + 180 : hue, saturation, value];
}

/** Which of value, low, falling, rising is red, green and blue in each sixth of the circle. */
const SECTORS = [[0, 3, 1], [2, 0, 1], [1, 0, 3], [1, 2, 0], [3, 1, 0], [0, 1, 2]] as const;

/** OpenCV's HSV to RGB for bytes, as its vector code does it: float32 with fused products, truncated. */
function toRgb([hue, saturation, value]: Hsv): [number, number, number] {
  const { fround } = Math;
  const turn = fround(hue * fround(6 / 180));
  const floor = Math.floor(turn), fraction = fround(turn - floor);
  const s = fround(saturation * fround(1 / 255)), v = fround(value * fround(1 / 255));
  const levels = [
    v,
    fround(v * fround(1 - s)),
    fround(v * fround(1 - s * fraction)),
    fround(v * fround(1 - s * fround(1 - fraction))),
  ];
  const byte = (level: number) => Math.trunc(fround(level * 255));
  const [red, green, blue] = SECTORS[((floor % 6) + 6) % 6]!;
  return [byte(levels[red]!), byte(levels[green]!), byte(levels[blue]!)];
}

function clip(level: number): number {
  return Math.min(255, Math.max(0, level));
}

function shiftHue(hue: number, by: number): number {
  const moved = hue + by;
  return moved < 0 ? moved + 180 : moved > 180 ? moved - 180 : moved;
}

/**
 * A picture with shifted hue, saturation and value. The first three channels are red, green and blue; further channels stay
 * as they are, and pictures with fewer channels get the shift of value alone.
 *
 * @param shift whole numbers
 */
export function shiftHsv(pixels: Pixels, shift: HsvShift): Pixels {
  const out = pixels.data.slice();
  const { channels } = pixels;
  if (channels < 3) return { ...pixels, data: out.map((level) => clip(level + shift.value)) };
  for (let p = 0; p < out.length; p += channels) {
    const [hue, saturation, value] = toHsv(out[p]!, out[p + 1]!, out[p + 2]!);
    const moved: Hsv = [
      shiftHue(hue, shift.hue),
      clip(saturation + shift.saturation),
      clip(value + shift.value),
    ];
    out.set(toRgb(moved), p);
  }
  return { ...pixels, data: out };
}
