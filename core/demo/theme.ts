import type { Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import type { PlanOptions, Sketch } from "./plan_demo.ts";

/** Number of images per source, image size and seed. */
export interface DemoSize {
  readonly train: number;
  readonly external: number;
  readonly test: number;
  /** Image side in pixels. */
  readonly size: number;
  readonly seed: number;
}

/** A kind of synthetic competition: its images, how to draw them, and its label files. */
export interface Theme {
  /** Name of the matching layout plugin. */
  readonly layout: string;
  /** Lists the images with Ids, paths and labels. */
  sketch(size: DemoSize): Sketch[];
  readonly drawLabels: PlanOptions["drawLabels"];
  /** Draws an image. */
  draw(sketch: Sketch, random: Random): Pixels;
  /** Label files and sample submission: path relative to the data folder, and content. */
  tables(sketches: readonly Sketch[]): { readonly path: string; readonly text: string }[];
}
