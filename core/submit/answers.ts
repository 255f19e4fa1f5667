import { dataProblem } from "../base/problem.ts";
import type { Predictions } from "../predictions/predictions.ts";
import { rowsOfSample, type Sample } from "./sample.ts";
import type { Shape } from "./shapes/shape.ts";

const MENTIONED = 3;

/** Answers by Id, in the order of the sample. */
export type Answers = ReadonlyMap<string, readonly number[]>;

/** Answers as predicted, and with known labels filled in. */
export interface AnswerSheets {
  readonly predicted: Answers;
  readonly filled: Answers;
  /** Ids whose answer differs between the two, sorted. */
  readonly changed: readonly string[];
}

function listIds(ids: readonly string[]): string {
  const first = ids.slice(0, MENTIONED).map((id) => `"${id}"`).join(", ");
  return ids.length > MENTIONED ? `${first} and ${ids.length - MENTIONED} more` : first;
}

/** Throws a data problem when the Ids of test predictions are not those of the test images. */
export function checkTestIds(test: Predictions, testIds: readonly string[]): void {
  const wanted = new Set(testIds), there = new Set(test.ids);
  const missing = testIds.filter((id) => !there.has(id));
  if (missing.length > 0) {
    throw dataProblem(
      `Cannot make the submission: "${test.path}" lacks ${missing.length} of ${testIds.length} test Ids: ${
        listIds(missing)
      }`,
      'Run "deno task inference --split=test" again',
    );
  }
  const extra = test.ids.filter((id) => !wanted.has(id));
  if (extra.length > 0) {
    throw dataProblem(
      `Cannot make the submission: "${test.path}" has ${extra.length} Ids that the sample submission lacks: ${
        listIds(extra)
      }`,
      'Run "deno task inference --split=test" again on this data',
    );
  }
}

/**
 * The answers to all Ids of the sample.
 *
 * @param test predictions by submission Id
 * @param how the shape of an answer, the classes that are predicted, and the targets that are known by submission Id
 */
export function answerAll(
  test: Predictions,
  sample: Sample,
  how: {
    readonly shape: Shape;
    readonly known: ReadonlyMap<string, Float64Array>;
    decide(prediction: Float64Array): readonly number[];
  },
): AnswerSheets {
  const { shape, known, decide } = how, rows = rowsOfSample(sample, test.ids);
  const predicted = new Map<string, readonly number[]>(), filled = new Map<string, readonly number[]>();
  for (const [place, id] of sample.ids.entries()) {
    const row = rows[place]!;
    const prediction = test.probabilities.subarray(row * test.classes, (row + 1) * test.classes);
    const answer = shape.answer(prediction, decide), target = known.get(test.ids[row]!);
    predicted.set(id, answer);
    filled.set(id, target === undefined ? answer : shape.known(target, prediction));
  }
  const changed = sample.ids.filter((id) => predicted.get(id)!.join() !== filled.get(id)!.join()).sort();
  return { predicted, filled, changed };
}
