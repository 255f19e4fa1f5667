import type { TargetKind } from "../../plugin/contracts.ts";

/** Probabilities are kept this far from 0 and 1, so that a loss is finite. */
const EDGE = 1e-7;

/** Predictions with labels and, where classes are answered, which ones, all `[rows, classes]`. */
export interface Judged {
  readonly classes: number;
  readonly labels: ArrayLike<number>;
  readonly probabilities: Float64Array;
  readonly answers: Uint8Array | null;
}

/** A row that is answered wrongly. */
export interface Mistake {
  readonly row: number;
  readonly loss: number;
}

function inside(probability: number): number {
  return Math.min(1 - EDGE, Math.max(EDGE, probability));
}

/** Loss of a cell: cross-entropy, of each class alone where an image may have several; squared error of values. */
function cellLoss(target: TargetKind, label: number, prediction: number): number {
  if (target === "value") return (label - prediction) ** 2;
  const yes = label === 0 ? 0 : -label * Math.log(inside(prediction));
  return target === "class_set" ? yes - (1 - label) * Math.log(1 - inside(prediction)) : yes;
}

/** The sum over the classes of a row. */
export function rowLosses({ classes, labels, probabilities }: Judged, target: TargetKind): Float64Array {
  const losses = new Float64Array(probabilities.length / classes);
  for (let cell = 0; cell < probabilities.length; cell++) {
    losses[Math.floor(cell / classes)]! += cellLoss(target, labels[cell]!, probabilities[cell]!);
  }
  return losses;
}

function isWrong({ classes, labels, answers }: Judged, row: number): boolean {
  if (answers === null) return true;
  for (let cell = row * classes; cell < (row + 1) * classes; cell++) {
    if (answers[cell] !== labels[cell]) return true;
  }
  return false;
}

/** The rows with a wrong answer, those with the highest loss first. */
export function worstMistakes(
  judged: Judged,
  { target, count }: { readonly target: TargetKind; readonly count: number },
): Mistake[] {
  const losses = rowLosses(judged, target);
  const wrong = [...losses.keys()].filter((row) => isWrong(judged, row));
  return wrong.sort((a, b) => losses[b]! - losses[a]! || a - b).slice(0, count)
    .map((row) => ({ row, loss: losses[row]! }));
}
