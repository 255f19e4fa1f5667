import type { ScoredPredictions, TargetKind } from "../../plugin/contracts.ts";
import type { SubmissionMetric } from "./metric.ts";

/** Classes that are tried as the constant answer: the most frequent ones. */
const MOST_TRIED = 10;

function column({ rows, targets }: ScoredPredictions, at: number): Float64Array {
  const classes = targets.length / rows;
  return Float64Array.from({ length: rows }, (_, row) => targets[row * classes + at]!);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort(), middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Answers that give 1 to some classes and 0 to the others. */
function marked(labels: readonly number[], classes: number): number[] {
  return Array.from({ length: classes }, (_, c) => Number(labels.includes(c)));
}

/** Constant answers worth a try: mean and median of values, shares of the classes, single classes and sets of them. */
function candidates(scored: ScoredPredictions, target: TargetKind): number[][] {
  const classes = scored.targets.length / scored.rows;
  const columns = Array.from({ length: classes }, (_, c) => column(scored, c));
  const means = columns.map(mean);
  if (target === "value") return [means, columns.map(median)];
  const frequent = [...means.keys()].sort((a, b) => means[b]! - means[a]! || a - b);
  const single = frequent.slice(0, MOST_TRIED).map((c) => marked([c], classes));
  if (target !== "class_set") return [means, ...single];
  const sets = single.map((_, count) => marked(frequent.slice(0, count + 1), classes));
  return [means, ...single, ...sets, marked(frequent, classes)];
}

/** The best score that one answer for all images reaches; null where the metric gives constant answers no score. */
export function bestConstantScore(
  metric: SubmissionMetric,
  scored: ScoredPredictions,
  target: TargetKind,
): number | null {
  const { rows } = scored;
  const merits = candidates(scored, target).map((answer) => {
    const predictions = Float64Array.from(
      { length: scored.targets.length },
      (_, at) => answer[at % answer.length]!,
    );
    return metric.merit({ rows, predictions, targets: scored.targets });
  });
  const best = Math.max(...merits);
  return Number.isFinite(best) ? (metric.better === "higher" ? best : -best) : null;
}
