import type { Json } from "../base/json.ts";
import type { Pixels, Shape } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import type { Orientation } from "./orient.ts";
import type { CoordinateMap } from "./warp/coordinate_map.ts";

/** How an operation moves or changes pixels; it decides what may be fused. */
export type AugmentationNature = "lut" | "affine" | "map" | "kernel" | "permutation" | "pixelwise" | "resize";

/** One augmentation operation with its settings. */
export interface Augmentation {
  /** The parameters of one application, or null when the operation does not run this time. */
  sample(random: Random, pixels: Pixels): Json;
  /** The changed picture; the given one is left as it is. */
  apply(pixels: Pixels, sampled: Json): Pixels;
  /** Orientations that the operation may give a picture, upright among them; upright alone when left out. */
  readonly orientations?: readonly Orientation[];
  /** How the operation moves pixels, so that several can run as one move; null when it does more than that. */
  map?(shape: Shape, sampled: Json): CoordinateMap | null;
  /** The table of an operation that looks every byte up; `mean` gives the mean of all bytes so far. */
  table?(sampled: Json, mean: () => number): Uint8Array;
}
