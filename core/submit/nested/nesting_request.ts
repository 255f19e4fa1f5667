import type { TargetKind } from "../../plugin/contracts.ts";
import type { SubmissionMetric } from "../decide/metric.ts";
import type { OutOfFold } from "../out_of_fold/read_out_of_fold.ts";
import type { ShapeName } from "../shapes/shape.ts";

/** Models to join, and what decides how. */
export interface NestingRequest {
  readonly table: OutOfFold;
  /** Names of the models, in the order of the table. */
  readonly names: readonly string[];
  readonly target: TargetKind;
  readonly metric: SubmissionMetric;
  readonly shape: ShapeName;
  /** A rule's name, or `auto` for the simplest that no other beats. */
  readonly rule: string;
  readonly seed: number;
}
