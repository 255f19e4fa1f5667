import { assertAlmostEquals } from "@std/assert";
import { arithmeticMean, geometricMean, rankMean } from "../../../../core/ensemble/rules/blends.ts";
import { fitPlatt } from "../../../../core/ensemble/rules/platt.ts";
import { fitRidgeLogistic } from "../../../../core/ensemble/rules/ridge_logistic.ts";
import { fitTemperature } from "../../../../core/ensemble/rules/temperature.ts";
import { byClass, byRow, columnOf, logitsOf } from "../../../../core/ensemble/table.ts";
import cases from "../../../golden/ensembles.json" with { type: "json" };

const CLASSES = 3, ROWS = 60;

function assertClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  for (const [at, value] of wanted.entries()) assertAlmostEquals(found[at]!, value, tolerance);
}

for (const { exclusive, ...wanted } of cases) {
  const kind = exclusive ? "exclusive classes" : "several labels";
  const matrices = wanted.members.map((member) => byClass(member, CLASSES));
  const labels = byClass(wanted.labels, CLASSES);

  Deno.test(`blends of ${kind} are numpy's and scipy's`, () => {
    const from = { matrices, of: { classes: CLASSES, exclusive } };
    assertClose(byRow(arithmeticMean(from), CLASSES), wanted.blends.mean, 1e-6);
    assertClose(byRow(geometricMean(from), CLASSES), wanted.blends.geometric, 1e-6);
    assertClose(byRow(rankMean(from), CLASSES), wanted.blends.rank, 1e-6);
  });

  Deno.test(`the temperature of ${kind} is the one that scipy finds`, () => {
    const logits = exclusive ? matrices[0]!.map(Math.log) : logitsOf(matrices[0]!);
    const kept = new Uint8Array(ROWS).fill(1);
    const found = fitTemperature({ logits, labels, classes: CLASSES, exclusive, kept });
    assertAlmostEquals(found, wanted.temperature, 1e-4);
  });

  Deno.test(`Platt scaling of ${kind} is scikit-learn's`, () => {
    for (const [label, { slope, offset }] of wanted.platt.entries()) {
      const found = fitPlatt({
        labels: columnOf(labels, ROWS, label),
        probabilities: columnOf(matrices[0]!, ROWS, label),
      });
      assertClose([found.slope, found.offset], [slope, offset], 1e-3);
    }
  });

  Deno.test(`ridge-logistic regression on ${kind} is scikit-learn's`, () => {
    const features = matrices.map((matrix) => logitsOf(columnOf(matrix, ROWS, 0)));
    for (const { strength, weights, coefficients } of wanted.ridge) {
      const rows = { features, labels: columnOf(labels, ROWS, 0), weights };
      const found = fitRidgeLogistic(rows, { strength, centre: new Float64Array(3) }, new Float64Array(4));
      assertClose(found, coefficients, 2e-5);
    }
  });
}
