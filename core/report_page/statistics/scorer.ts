import type { ScoredPredictions } from "../../plugin/contracts.ts";
import type { Times } from "./bootstrap.ts";
import { countCells, macroF1, type MarkedCells } from "./class_scores.ts";

/** A score of predictions on all rows, and on resamples of them. */
export interface Scorer {
  readonly score: number;
  resampled(times: Times): number;
}

/** Macro F1 over the classes that occur, from counts: resamples cost no more than the cells that count. */
export function macroF1Scorer(cells: MarkedCells, classes: number): Scorer {
  const resampled = (times?: Times) => macroF1(countCells(cells, classes, times));
  return { score: resampled(), resampled };
}

/** The rows of a resample, one after the other. */
function takeTimes({ predictions, targets, rows }: ScoredPredictions, times: Times): ScoredPredictions {
  const classes = targets.length / rows, drawn = times.reduce((sum, count) => sum + count, 0);
  const taken = {
    rows: drawn,
    predictions: new Float64Array(drawn * classes),
    targets: new Float32Array(drawn * classes),
  };
  let place = 0;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * classes, (row + 1) * classes];
    for (let time = 0; time < times[row]!; time++, place += classes) {
      taken.predictions.set(predictions.subarray(from, to), place);
      taken.targets.set(targets.subarray(from, to), place);
    }
  }
  return taken;
}

/** Any metric: a resample is written out and scored as it is. */
export function metricScorer(
  metric: { score(scored: ScoredPredictions): number },
  scored: ScoredPredictions,
): Scorer {
  return {
    score: metric.score(scored),
    resampled: (times) => metric.score(takeTimes(scored, times)),
  };
}
