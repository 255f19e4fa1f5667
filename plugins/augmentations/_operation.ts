import { z } from "zod";
import {
  applyTable,
  type Augmentation,
  type CoordinateMap,
  type Json,
  meanLevel,
  type Pixels,
  type Random,
  type Shape,
} from "../../plugin.ts";

/** The parameters that every operation has. */
export const commonParams = {
  p: z.number().min(0).max(1).default(0.5).describe("Probability that the operation runs"),
  always_apply: z.boolean().default(false).describe("Run whatever p says"),
};

/** As `commonParams` for operations that run unless told otherwise. */
export const commonParamsAlways = {
  ...commonParams,
  p: z.number().min(0).max(1).default(1).describe("Probability that the operation runs"),
};

/** The probabilities that upstream's search tries. */
export const SEARCHED_P = { choice: [0, 0.25, 0.5, 0.75] };

/** A limit: one number L stands for [-L, L]. */
export const limitParam = z.union([z.number(), z.tuple([z.number(), z.number()])]);

/** The two ends of a limit. */
export function rangeOf(limit: number | readonly [number, number]): readonly [number, number] {
  return typeof limit === "number" ? [-limit, limit] : limit;
}

/** How an operation draws its parameters and what it does with them. */
export interface Operation<Sampled extends Json> {
  draw(random: Random, pixels: Pixels): Sampled;
  apply(pixels: Pixels, sampled: Sampled): Pixels;
  /** As in the contract, where the operation has it. */
  map?(shape: Shape, sampled: Sampled): CoordinateMap | null;
  table?(sampled: Sampled, mean: () => number): Uint8Array;
}

/** An operation that is nothing but a table of 256 bytes. */
export function tableOperation<Sampled extends Json>(
  operation: Pick<Operation<Sampled>, "draw"> & Required<Pick<Operation<Sampled>, "table">>,
): Operation<Sampled> {
  return {
    ...operation,
    apply: (pixels, sampled) => applyTable(pixels, operation.table(sampled, () => meanLevel(pixels))),
  };
}

/**
 * An augmentation that first draws whether it runs (albumentations' call rule: u < p), then its parameters. `apply` with
 * null gives the picture back.
 */
export function augmentation<Sampled extends Json>(
  params: { readonly p: number; readonly always_apply: boolean },
  operation: Operation<Sampled>,
): Augmentation {
  return {
    sample(random, pixels) {
      const runs = random.next() < params.p || params.always_apply;
      return runs ? operation.draw(random, pixels) : null;
    },
    apply: (pixels, sampled) => sampled === null ? pixels : operation.apply(pixels, sampled as Sampled),
    ...(operation.map && { map: (shape: Shape, sampled: Json) => operation.map!(shape, sampled as Sampled) }),
    ...(operation.table &&
      { table: (sampled: Json, mean: () => number) => operation.table!(sampled as Sampled, mean) }),
  };
}
