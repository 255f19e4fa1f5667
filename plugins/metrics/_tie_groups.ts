import type { ScoredPredictions } from "../../plugin.ts";

/** Images with the same prediction for a class. */
export interface TieGroup {
  readonly positives: number;
  readonly negatives: number;
}

/** One class of several. */
export interface Column {
  readonly label: number;
  readonly classes: number;
}

/** The images grouped by their prediction for one class, the highest first. */
export function tieGroups(
  { rows, predictions, targets }: ScoredPredictions,
  { label, classes }: Column,
): TieGroup[] {
  const order = Array.from({ length: rows }, (_, row) => row * classes + label)
    .sort((a, b) => predictions[b]! - predictions[a]!);
  const groups: TieGroup[] = [];
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && predictions[order[end]!] === predictions[order[start]!]) end++;
    const positives = order.slice(start, end).filter((at) => targets[at]! >= 0.5).length;
    groups.push({ positives, negatives: end - start - positives });
    start = end;
  }
  return groups;
}
