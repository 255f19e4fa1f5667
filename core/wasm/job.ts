import { convolve, convolveBack, convolveFilter, type ConvPlaces } from "./convolve.ts";
import type { WasmModule } from "./module.ts";
import type { ConvShape } from "./walk.ts";

const KINDS = { convolve, convolveBack, convolveFilter } as const;

/** A convolution, or one of its gradients, that threads can share. */
export interface Job {
  readonly kind: keyof typeof KINDS;
  readonly shape: ConvShape;
  readonly places: ConvPlaces;
}

const NAMES = Object.keys(KINDS) as Job["kind"][];

const SHAPE: readonly (keyof ConvShape)[] = [
  "batch",
  "inHeight",
  "inWidth",
  "inChannels",
  "outHeight",
  "outWidth",
  "outChannels",
  "kernelHeight",
  "kernelWidth",
  "strideHeight",
  "strideWidth",
  "dilationHeight",
  "dilationWidth",
  "top",
  "left",
  "groups",
];

const PLACES: readonly (keyof ConvPlaces)[] = ["x", "filter", "y"];

/** Int32 values that a written job takes. */
export const JOB_LENGTH: number = 1 + SHAPE.length + PLACES.length;

/** Writes a job where another thread reads it. */
export function writeJob({ kind, shape, places }: Job, to: Int32Array): void {
  const numbers = [...SHAPE.map((field) => shape[field]), ...PLACES.map((field) => places[field])];
  to.set([NAMES.indexOf(kind), ...numbers]);
}

/** What {@link writeJob} has written. */
export function readJob(from: Int32Array): Job {
  const [kind, ...numbers] = from;
  const shape = Object.fromEntries(SHAPE.map((field, i) => [field, numbers[i]!]));
  const places = Object.fromEntries(PLACES.map((field, i) => [field, numbers[SHAPE.length + i]! >>> 0]));
  return { kind: NAMES[kind!]!, shape, places } as unknown as Job;
}

/** Does the module's share of a job. */
export function runJob(module: WasmModule, { kind, shape, places }: Job): void {
  KINDS[kind](module, shape, places);
}

/** Floating-point operations of a job, a multiply-add counted as two. */
export function jobFlops({ shape }: Job): number {
  const { batch, outHeight, outWidth, outChannels, kernelHeight, kernelWidth, inChannels, groups } = shape;
  return 2 * batch * outHeight * outWidth * outChannels * kernelHeight * kernelWidth * inChannels / groups;
}
