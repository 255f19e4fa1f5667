import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ensembleTable } from "../../../../core/ensemble/table.ts";
import { macroF1Scoring } from "../../../../core/ensemble/scoring/macro_f1_scoring.ts";

/** Eight rows of two folds and two classes; the second class never occurs. */
const table = ensembleTable({
  classes: 2,
  target: "class_set",
  labels: [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  members: [[0.9, 0, 0.2, 0, 0.1, 0, 0.1, 0, 0.3, 0, 0.2, 0, 0.1, 0, 0.1, 0]],
});
const fits = { folds: [0, 0, 0, 0, 1, 1, 1, 1], count: 2 };
const evaluate = (occurring: boolean) =>
  macroF1Scoring({ occurring, cut: ({ positives }) => positives === 0 ? 1 : 0.4 })
    .evaluate(table, fits, () => table.members[0]!);

Deno.test("macro F1 of held-out answers, classes without labels left out or counted as 0", () => {
  // One label is taken (0.9 > 0.4), one is missed (0.3).
  const { nested, inSample, fitted } = evaluate(true);
  assertAlmostEquals(nested, 2 / 3, 1e-12);
  assertAlmostEquals(inSample, 2 / 3, 1e-12);
  // The fit without fold 0 sees the missed label alone, the one without fold 1 the taken one.
  assertEquals(fitted.slice(0, 2), [0, 1]);
  assertAlmostEquals(evaluate(false).nested, 1 / 3, 1e-12);
});

Deno.test("deviations of resampled scores are enlarged for few positives", () => {
  const { nested, resampled, degrees } = evaluate(true);
  // Of two positives the taken one twice: F1 is 1 instead of 2/3; k / (k - 1) is 2.
  assertAlmostEquals(resampled(Uint8Array.of(2, 1, 1, 1, 0, 1, 1, 1)), nested + Math.SQRT2 / 3, 1e-12);
  assertAlmostEquals(resampled(Uint8Array.of(1, 3, 3, 1, 1, 0, 0, 0)), nested, 1e-12);
  assertAlmostEquals(degrees, 1, 1e-12);
});

Deno.test("the constant answer of macro F1 is all classes", () => {
  assertAlmostEquals(macroF1Scoring().constant(table)!, 2 * 2 / (8 + 2), 1e-12);
});
