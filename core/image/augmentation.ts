import type { Json } from "../base/json.ts";
import { type AnyPixels, type DeepPixels, isDeep, type Pixels, type Shape } from "../base/pixels.ts";
import { configProblem } from "../base/problem.ts";
import type { Random } from "../base/random.ts";
import type { Orientation } from "./orient.ts";
import type { CoordinateMap } from "./warp/coordinate_map.ts";

/** How an operation moves or changes pixels; it decides what may be fused. */
export type AugmentationNature = "lut" | "affine" | "map" | "kernel" | "permutation" | "pixelwise" | "resize";

/** One augmentation operation with its settings. */
export interface Augmentation {
  /** The parameters of one application, or null when the operation does not run this time. */
  sample(random: Random, pixels: AnyPixels): Json;
  /** The changed picture; the given one is left as it is. */
  apply(pixels: Pixels, sampled: Json): Pixels;
  /** As `apply` for 16-bit pictures; with `data.depth: 16` an operation without it is refused. */
  applyDeep?(pixels: DeepPixels, sampled: Json): DeepPixels;
  /** Orientations that the operation may give a picture, upright among them; upright alone when left out. */
  readonly orientations?: readonly Orientation[];
  /** How the operation moves pixels, so that several can run as one move; null when it does more than that. */
  map?(shape: Shape, sampled: Json): CoordinateMap | null;
  /** The table of an operation that looks every byte up; `mean` gives the mean of all bytes so far. */
  table?(sampled: Json, mean: () => number): Uint8Array;
}

/**
 * A picture of either depth changed by an operation.
 *
 * @throws a config problem when the picture has 16 bits and the operation works at 8 alone
 */
export function applyAugmentation(operation: Augmentation, pixels: AnyPixels, sampled: Json): AnyPixels {
  if (!isDeep(pixels)) return operation.apply(pixels, sampled);
  if (operation.applyDeep) return operation.applyDeep(pixels, sampled);
  throw configProblem(
    "Cannot change a 16-bit picture: the operation works at 8 bits alone",
    "Set data.depth to 8",
  );
}
