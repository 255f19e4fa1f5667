import { type GivenClasses, likeliest } from "./confident_joint.ts";
import { pruneByNoiseRate } from "./prune_by_noise_rate.ts";
import { stableOrder } from "./round_counts.ts";

/** An image whose labels are probably wrong. */
export interface RankedIssue {
  readonly row: number;
  /** How far the model believes the given labels, 0 to 1; the worst have the lowest. */
  readonly score: number;
  /** The classes that are in doubt, ascending: the given one, or those that are given or missing wrongly. */
  readonly doubted: readonly number[];
  /** The labels that the model suggests, ascending. */
  readonly suggested: readonly number[];
}

/** Several labels an image. */
export interface GivenLabels {
  readonly classes: number;
  /** `[images, classes]`, 1 for a given class. */
  readonly labels: Uint8Array;
  /** `[images, classes]`. */
  readonly probabilities: Float64Array;
}

/** Weight of the next lower score in the moving average over an image's scores. */
const ALPHA = 0.8;

function worstFirst(issues: readonly RankedIssue[]): RankedIssue[] {
  return stableOrder(issues.map(({ score }) => score)).map((index) => issues[index]!);
}

/**
 * The images of one class each whose class is probably wrong, worst first: those of the lowest probability of the given
 * class, of equal ones the first.
 *
 * Source: `find_label_issues` in cleanlab/filter.py with `return_indices_ranked_by="self_confidence"`.
 */
export function rankSingleLabels(table: GivenClasses): RankedIssue[] {
  const { classes, given, probabilities } = table, flags = pruneByNoiseRate(table);
  const rows = [...flags.keys()].filter((row) => flags[row] === 1);
  return worstFirst(rows.map((row) => ({
    row,
    score: probabilities[row * classes + given[row]!]!,
    doubted: [given[row]!],
    suggested: [likeliest(table, row)],
  })));
}

/** One class against all others: class 1 for the images that are given it. */
function oneClass({ classes, labels, probabilities }: GivenLabels, c: number): GivenClasses {
  const images = labels.length / classes;
  const given = Int32Array.from({ length: images }, (_, row) => labels[row * classes + c]!);
  const pairs = new Float64Array(2 * images);
  for (let row = 0; row < images; row++) {
    const probability = probabilities[row * classes + c]!;
    pairs[2 * row] = 1 - probability;
    pairs[2 * row + 1] = probability;
  }
  return { classes: 2, given, probabilities: pairs };
}

/** A moving average over the scores of an image's classes from the highest to the lowest, which so weighs most. */
function scoreOf({ classes, labels, probabilities }: GivenLabels, row: number): number {
  const scores = Float64Array.from({ length: classes }, (_, c) => {
    const at = row * classes + c;
    return labels[at] === 1 ? probabilities[at]! : 1 - probabilities[at]!;
  });
  scores.sort().reverse();
  return scores.reduce((average, score) => ALPHA * score + (1 - ALPHA) * average);
}

/**
 * The images of several labels of which one at least is probably wrong, worst first. Each class is judged by itself, a
 * label that is missing like one that is given.
 *
 * Source: `find_label_issues` in cleanlab/multilabel_classification/filter.py with
 * `return_indices_ranked_by="self_confidence"`, scores by the exponential moving average of multilabel_scorer.py.
 */
export function rankSeveralLabels(table: GivenLabels): RankedIssue[] {
  const { classes, labels } = table, images = labels.length / classes;
  const flags = Array.from({ length: classes }, (_, c) => pruneByNoiseRate(oneClass(table, c)));
  const all = Array.from({ length: classes }, (_, c) => c);
  const issues = Array.from({ length: images }, (_, row) => {
    const doubted = all.filter((c) => flags[c]![row] === 1);
    const suggested = all.filter((c) => labels[row * classes + c] !== flags[c]![row]);
    return { row, doubted, suggested };
  }).filter(({ doubted }) => doubted.length > 0);
  return worstFirst(issues.map((issue) => ({ ...issue, score: scoreOf(table, issue.row) })));
}
