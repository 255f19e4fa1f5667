import type { Source } from "../base/example.ts";
import type { RankedIssue } from "./rank_issues.ts";

/** An image whose labels are probably wrong. */
export interface LabelIssue extends Omit<RankedIssue, "row"> {
  readonly id: string;
  readonly source: Source;
  /** Given class indices, ascending. */
  readonly given: readonly number[];
  /** Probability of each class. */
  readonly probabilities: readonly number[];
}

/** What was found among labelled images. */
export interface FoundIssues {
  /** Worst first. */
  readonly issues: readonly LabelIssue[];
  /** Images examined. */
  readonly images: number;
  /** How many images of each class were examined. */
  readonly support: readonly number[];
  readonly classes: readonly string[];
  /** Labelled images that no prediction file has, and which therefore were not examined. */
  readonly unexamined: number;
}

/** Result of `findLabelIssues`. */
export interface LabelIssues extends FoundIssues {
  /** Paths written. */
  readonly files: readonly string[];
}
