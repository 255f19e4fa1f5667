import type { AnyPixels, Shape } from "../base/pixels.ts";
import { configProblem } from "../base/problem.ts";
import { type Box, crop } from "../image/crop.ts";
import { type Orientation, orientFloats } from "../image/orient.ts";
import { includesOrientation } from "../image/shown_orientations.ts";
import type { Transform } from "../plugin/contracts.ts";
import { applyTransform } from "./apply_transform.ts";
import type { Random } from "../base/random.ts";

/** Views of an image for test-time augmentation (TTA). */
export interface ViewSettings {
  /** Orientations of each crop: 1, 2 (also mirrored), 4 (flips) or 8 (flips and transposition). */
  readonly orientations: number;
  /** Additional centre crops, one per zoom factor. */
  readonly zooms?: readonly number[];
  /** Additional corner crops, as a share of height and width; 0 for none. */
  readonly corners?: number;
}

/** Orientations in upstream's order: four flips, then the four flips of the transposed image. */
const ORIENTATIONS: readonly Orientation[] = [false, true].flatMap((transpose) => {
  const flips: [boolean, boolean][] = transpose
    ? [[false, false], [false, true], [true, false], [true, true]]
    : [[false, false], [true, false], [false, true], [true, true]];
  return flips.map(([mirror, upsideDown]) => ({ transpose, mirror, upsideDown }));
});

/** The sets of orientations that test-time augmentation takes: upright, mirrored, the four flips, all eight. */
export const ORIENTATION_COUNTS = [1, 2, 4, 8] as const;

/**
 * Number of orientations in the largest set whose members are all among the given ones.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { UPRIGHT } from "../image/orient.ts";
 * assertEquals(countWithin([UPRIGHT]), 1);
 * assertEquals(countWithin([UPRIGHT, { ...UPRIGHT, mirror: true }]), 2);
 * ```
 */
export function countWithin(shown: readonly Orientation[]): number {
  const isShown = (count: number) =>
    ORIENTATIONS.slice(0, count).every((one) => includesOrientation(shown, one));
  return ORIENTATION_COUNTS.findLast(isShown) ?? 1;
}

/** A crop and its position: 0 at the top or left, 1 at the bottom or right. */
interface Part {
  /** Side as a share of the image's. */
  readonly share: number;
  readonly down: number;
  readonly across: number;
}

const WHOLE: Part = { share: 1, down: 0, across: 0 };
const CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]] as const;

function boxOf({ height, width }: Shape, { share, down, across }: Part): Box {
  const tall = Math.max(1, Math.round(height * share)), wide = Math.max(1, Math.round(width * share));
  const top = Math.round((height - tall) * down), left = Math.round((width - wide) * across);
  return { top, left, height: tall, width: wide };
}

function partsOf({ zooms = [], corners = 0 }: ViewSettings): Part[] {
  const middles = zooms.map((zoom): Part => ({ share: 1 / zoom, down: 0.5, across: 0.5 }));
  const edges = CORNERS.map(([down, across]): Part => ({ share: corners, down, across }));
  return [WHOLE, ...middles, ...corners > 0 ? edges : []];
}

/** Number of views per image. */
export function countViews(settings: ViewSettings): number {
  return partsOf(settings).length * settings.orientations;
}

/** Whether pictures of a transform may be turned, and cut where it gives one view. */
export function isViewable({ views, viewable = views === 1 }: Transform): boolean {
  return viewable;
}

/** Throws a config problem where a transform does not support several views that are asked for. */
export function checkViews(transform: Transform, settings: ViewSettings, name: string): void {
  const { views } = transform, cuts = views > 1 && partsOf(settings).length > 1;
  if (countViews(settings) === 1 || (isViewable(transform) && !cuts)) return;
  const reason = views > 1
    ? `gives ${views} views of its own${isViewable(transform) ? ", which may be turned, not cut again" : ""}`
    : "says that its pictures may not be turned or cut";
  throw configProblem(
    `Cannot take several views of each image: the transform "${name}" ${reason}`,
    `Predict ${
      cuts && isViewable(transform) ? "" : "with --num_tta=1 and "
    }without --tta_zooms and --tta_corners`,
  );
}

/**
 * Wraps a transform to produce several views of an image: transforms each crop, then flips and transposes the result.
 * Of each crop come all orientations in turn, and of each orientation the views that the transform gives: the first ones
 * are the plain transform of the whole image.
 *
 * @param name of the transform, for error messages
 * @throws a config problem when the transform does not support several views
 */
export function withViews(
  transform: Transform,
  settings: ViewSettings,
  { name, channels }: { readonly name: string; readonly channels: number },
): Transform {
  const parts = partsOf(settings), orientations = ORIENTATIONS.slice(0, settings.orientations);
  const views = countViews(settings);
  if (views === 1) return transform;
  checkViews(transform, settings, name);
  const { size, views: own } = transform, length = size * size * channels;
  const apply = (pixels: AnyPixels, random: Random): Float32Array => {
    const all = new Float32Array(views * own * length);
    for (const [index, part] of parts.entries()) {
      const cut = part === WHOLE ? pixels : crop(pixels, boxOf(pixels, part));
      const made = applyTransform(transform, cut, random);
      for (const [turn, orientation] of orientations.entries()) {
        for (let view = 0; view < own; view++) {
          const data = made.subarray(view * length, (view + 1) * length);
          const start = ((index * orientations.length + turn) * own + view) * length;
          const out = all.subarray(start, start + length);
          orientFloats({ data, height: size, width: size, channels }, orientation, out);
        }
      }
    }
    return all;
  };
  return { views: views * own, size, apply, applyDeep: apply };
}
