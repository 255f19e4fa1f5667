import { z } from "zod";
import {
  type AnyPixels,
  applyCurve,
  applyTable,
  type Augmentation,
  type CoordinateMap,
  type DeepPixels,
  type Json,
  meanLevel,
  type Orientation,
  type Pixels,
  type Random,
  type Shape,
  truncatedTable,
  UPRIGHT,
} from "../../plugin.ts";

/** Parameters of every operation. */
export const commonParams = {
  p: z.number().min(0).max(1).default(0.5).describe("Probability that the operation runs"),
  always_apply: z.boolean().default(false).describe("Run whatever p says"),
};

/** `commonParams` with default probability 1. */
export const commonParamsAlways = {
  ...commonParams,
  p: z.number().min(0).max(1).default(1).describe("Probability that the operation runs"),
};

/** Search space of the probability in upstream's search. */
export const SEARCHED_P = { choice: [0, 0.25, 0.5, 0.75] };

/** A symmetric range; a single number L means [-L, L]. */
export const limitParam = z.union([z.number(), z.tuple([z.number(), z.number()])]);

/** Lower and upper end of a limit. */
export function rangeOf(limit: number | readonly [number, number]): readonly [number, number] {
  return typeof limit === "number" ? [-limit, limit] : limit;
}

/** An operation without its probability: how to sample parameters and how to apply them. */
export interface Operation<Sampled extends Json> {
  draw(random: Random, pixels: AnyPixels): Sampled;
  apply(pixels: Pixels, sampled: Sampled): Pixels;
  /** Orientations that the operation may give a picture; upright alone when left out. */
  readonly orientations?: readonly Orientation[];
  /** See {@link Augmentation}. */
  applyDeep?(pixels: DeepPixels, sampled: Sampled): DeepPixels;
  map?(shape: Shape, sampled: Sampled): CoordinateMap | null;
  table?(sampled: Sampled, mean: () => number): Uint8Array;
}

/** Makes an operation from a 256-entry lookup table. */
export function tableOperation<Sampled extends Json>(
  operation: Pick<Operation<Sampled>, "draw"> & Required<Pick<Operation<Sampled>, "table">>,
): Operation<Sampled> {
  return {
    ...operation,
    apply: (pixels, sampled) => applyTable(pixels, operation.table(sampled, () => meanLevel(pixels))),
  };
}

/** A function of levels from 0 to 255; it may give any number. */
type Curve = (level: number) => number;

/** Makes an operation for both depths from a function of levels, which `mean` tells the mean of. */
export function curveOperation<Sampled extends Json>(
  operation: Pick<Operation<Sampled>, "draw"> & { curve(sampled: Sampled, mean: () => number): Curve },
): Operation<Sampled> {
  const { draw, curve } = operation;
  return {
    ...tableOperation<Sampled>({ draw, table: (sampled, mean) => truncatedTable(curve(sampled, mean)) }),
    applyDeep: (pixels, sampled) => applyCurve(pixels, curve(sampled, () => meanLevel(pixels))),
  };
}

/** Makes an operation for both depths from one that treats samples of either alike. */
export function anyDepth<Sampled extends Json>(
  operation: Omit<Operation<Sampled>, "apply" | "applyDeep"> & {
    apply<Picture extends AnyPixels>(pixels: Picture, sampled: Sampled): Picture;
  },
): Operation<Sampled> {
  return { ...operation, applyDeep: operation.apply };
}

/**
 * Makes an augmentation from an operation. Samples first whether it is applied (u < p, as in albumentations), then its
 * parameters; null means not applied.
 */
export function augmentation<Sampled extends Json>(
  params: { readonly p: number; readonly always_apply: boolean },
  operation: Operation<Sampled>,
): Augmentation {
  const { orientations } = operation, mayRun = params.p > 0 || params.always_apply;
  return {
    sample(random, pixels) {
      const runs = random.next() < params.p || params.always_apply;
      return runs ? operation.draw(random, pixels) : null;
    },
    apply: (pixels, sampled) => sampled === null ? pixels : operation.apply(pixels, sampled as Sampled),
    ...(operation.applyDeep && {
      applyDeep: (pixels: DeepPixels, sampled: Json) =>
        sampled === null ? pixels : operation.applyDeep!(pixels, sampled as Sampled),
    }),
    ...(orientations && mayRun && { orientations: [UPRIGHT, ...orientations] }),
    ...(operation.map && { map: (shape: Shape, sampled: Json) => operation.map!(shape, sampled as Sampled) }),
    ...(operation.table &&
      { table: (sampled: Json, mean: () => number) => operation.table!(sampled as Sampled, mean) }),
  };
}
