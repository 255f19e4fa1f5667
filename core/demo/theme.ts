import type { Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import type { PlanOptions, Sketch } from "./plan.ts";

/** How many pictures of each kind, how large, from which seed. */
export interface DemoSize {
  readonly train: number;
  readonly external: number;
  readonly test: number;
  /** Side of a picture in pixels. */
  readonly size: number;
  readonly seed: number;
}

/** A synthetic competition: which pictures there are, how they look, which files go with them. */
export interface Theme {
  /** Name of the layout plugin that reads it. */
  readonly layout: string;
  /** The pictures with Ids, paths and labels. */
  sketch(size: DemoSize): Sketch[];
  readonly drawLabels: PlanOptions["drawLabels"];
  /** Draws what a picture shows. */
  draw(sketch: Sketch, random: Random): Pixels;
  /** Label files and the sample submission: path below the data folder and text. */
  tables(sketches: readonly Sketch[]): { readonly path: string; readonly text: string }[];
}
