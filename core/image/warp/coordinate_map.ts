import type { Shape } from "../../base/pixels.ts";

/** The first two rows of an affine matrix: x' = m0 x + m1 y + m2, y' = m3 x + m4 y + m5. */
export type Affine = readonly [number, number, number, number, number, number];

/** One step from a place in the result back towards a place in the source. */
export type CoordinateStep =
  /** By a matrix from result to source. */
  | { readonly kind: "affine"; readonly matrix: Affine }
  /** Column x comes from `x[column]`, row y from `y[row]`, linear in between. */
  | { readonly kind: "axes"; readonly x: Float32Array; readonly y: Float32Array }
  /** Places beyond a picture of this shape are mirrored into it, or move to its edge. */
  | { readonly kind: "mirror" | "clamp"; readonly shape: Shape };

/** How an operation moves pixels: the shape of its result and the way back to its source. */
export interface CoordinateMap {
  readonly shape: Shape;
  readonly steps: readonly CoordinateStep[];
}
