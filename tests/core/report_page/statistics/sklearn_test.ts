import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { countInBins } from "../../../../core/report/histogram.ts";
import { intervalOf, timesOfRows } from "../../../../core/report_page/statistics/bootstrap.ts";
import {
  allConfidences,
  calibration,
  type Confidences,
  topConfidences,
} from "../../../../core/report_page/statistics/calibration.ts";
import {
  classScore,
  countCells,
  macroF1,
  markCells,
} from "../../../../core/report_page/statistics/class_scores.ts";
import { coErrorMatrix, confusionMatrix } from "../../../../core/report_page/statistics/confusion.ts";
import { macroF1Scorer, metricScorer } from "../../../../core/report_page/statistics/scorer.ts";
import { thresholdCurve } from "../../../../core/report_page/statistics/threshold_curve.ts";
import { valueErrors } from "../../../../core/report_page/statistics/value_errors.ts";
import { classTable } from "../../../../core/submit/class_table.ts";

// tests/golden/report.py asked scikit-learn and numpy.

interface Case {
  readonly labels: number[];
  readonly probabilities: number[];
  readonly scores: readonly [precision: number[], recall: number[], f1: number[]];
  readonly support: number[];
  readonly macro_f1_occurring: number;
  readonly bootstrap: { low: number[][]; high: number[][]; macro: number[] };
  readonly calibration: { accuracy: number[]; confidence: number[]; ece: number };
}

const GOLDEN = JSON.parse(
  await Deno.readTextFile(new URL("../../../golden/report.json", import.meta.url)),
) as {
  readonly rows: number;
  readonly classes: number;
  readonly groups: number[];
  readonly drawn: number[][];
  readonly one: Case & { confusion: number[][] };
  readonly several: Case & {
    co_errors: number[][];
    curves: number[][];
    paired: { answers: number[]; interval: number[]; better: number };
  };
  readonly values: {
    truth: number[];
    predicted: number[];
    errors: number[];
    low: number[];
    high: number[];
    histogram: { counts: number[]; edges: number[] };
  };
};

const { classes, rows } = GOLDEN;
const TIMES = GOLDEN.drawn.map((drawn) => timesOfRows(Int32Array.from(GOLDEN.groups), drawn));
const MEASURES = ["precision", "recall", "f1"] as const;

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, what = ""): void {
  assertEquals(found.length, wanted.length, what);
  for (let at = 0; at < wanted.length; at++) {
    assertAlmostEquals(found[at]!, wanted[at]!, 1e-9, `${what} ${at}`);
  }
}

function answersOf(rule: "argmax" | "half", probabilities: readonly number[]): Uint8Array {
  return Uint8Array.from(probabilities, (probability, cell) => {
    if (rule === "half") return Number(probability > 0.5);
    const start = cell - cell % classes;
    return Number(probability === Math.max(...probabilities.slice(start, start + classes)));
  });
}

function answered(given: Case, rule: "argmax" | "half") {
  return { classes, labels: Float32Array.from(given.labels), answers: answersOf(rule, given.probabilities) };
}

function checkClasses(given: Case, rule: "argmax" | "half"): void {
  const cells = markCells(answered(given, rule)), counts = countCells(cells, classes);
  assertEquals([...counts.labelled], given.support);
  assertAlmostEquals(macroF1(counts), given.macro_f1_occurring, 1e-12);
  const drawn = TIMES.map((times) => countCells(cells, classes, times));
  for (const [place, measure] of MEASURES.entries()) {
    for (let label = 0; label < classes; label++) {
      assertAlmostEquals(classScore(counts, label)[measure], given.scores[place]![label]!, 1e-12);
      const [low, high] = intervalOf(drawn.map((resample) => classScore(resample, label)[measure]));
      assertAlmostEquals(low, given.bootstrap.low[place]![label]!, 1e-12);
      assertAlmostEquals(high, given.bootstrap.high[place]![label]!, 1e-12);
    }
  }
  assertClose(intervalOf(drawn.map(macroF1)), given.bootstrap.macro);
}

function checkCalibration({ calibration: wanted }: Case, confidences: Confidences): void {
  const { bins, ece } = calibration(confidences), filled = bins.filter(({ count }) => count > 0);
  assertAlmostEquals(ece, wanted.ece, 1e-12);
  assertClose(filled.map((bin) => bin.accuracy), wanted.accuracy);
  assertClose(filled.map((bin) => bin.confidence), wanted.confidence);
}

describe("the report's numbers equal scikit-learn's", () => {
  const { one, several, values } = GOLDEN;
  it("classes with one label an image, with intervals", () => checkClasses(one, "argmax"));
  it("classes with several labels an image, with intervals", () => checkClasses(several, "half"));
  it("the confusion matrix", () => {
    assertEquals(confusionMatrix(answered(one, "argmax")).map((row) => [...row]), one.confusion);
  });
  it("the co-error matrix", () => {
    assertEquals(coErrorMatrix(answered(several, "half")).map((row) => [...row]), several.co_errors);
  });
  it("calibration of the most probable class, and of all of them", () => {
    const given = (own: Case) => ({
      classes,
      labels: own.labels,
      probabilities: Float64Array.from(own.probabilities),
    });
    checkCalibration(one, topConfidences(given(one)));
    checkCalibration(several, allConfidences(given(several)));
  });
  it("F1 by threshold", () => {
    const probabilities = Float64Array.from(several.probabilities);
    const table = classTable({ classes, labels: several.labels, probabilities });
    for (const [label, column] of table.classes.entries()) {
      assertClose(thresholdCurve(column).map(({ f1 }) => f1), several.curves[label]!, `class ${label}`);
    }
  });
  it("the paired comparison of two models", () => {
    const own = macroF1Scorer(markCells(answered(several, "half")), classes);
    const answers = Uint8Array.from(several.paired.answers);
    const other = macroF1Scorer(markCells({ classes, labels: several.labels, answers }), classes);
    const gains = TIMES.map((times) => other.resampled(times) - own.resampled(times));
    assertClose(intervalOf(gains), several.paired.interval);
    assertAlmostEquals(gains.filter((gain) => gain > 0).length / gains.length, several.paired.better, 1e-12);
  });
  it("errors of values, with intervals, and their histogram", () => {
    const column = { truth: Float64Array.from(values.truth), predicted: Float64Array.from(values.predicted) };
    const drawn = TIMES.map((times) => valueErrors(column, times)), errors = valueErrors(column);
    for (const [place, measure] of (["rmse", "mae", "bias", "r2"] as const).entries()) {
      assertAlmostEquals(errors[measure], values.errors[place]!, 1e-9);
      const [low, high] = intervalOf(drawn.map((resample) => resample[measure]));
      assertClose([low, high], [values.low[place]!, values.high[place]!], measure);
    }
    const { counts, edges } = countInBins(
      column.truth.map((truth, row) => column.predicted[row]! - truth),
      31,
    );
    assertEquals(counts, values.histogram.counts);
    assertClose(edges, values.histogram.edges);
  });
});

describe("metricScorer", () => {
  it("scores a resample as if its rows were written out", () => {
    const { several } = GOLDEN, predictions = Float64Array.from(answersOf("half", several.probabilities));
    const metric = {
      score({ rows: count, predictions: own, targets }: {
        rows: number;
        predictions: Float64Array;
        targets: Float32Array;
      }) {
        assertEquals(own.length, count * classes);
        const answers = Uint8Array.from(own);
        return macroF1(countCells(markCells({ classes, answers, labels: targets }), classes));
      },
    };
    const scorer = metricScorer(metric, { rows, predictions, targets: Float32Array.from(several.labels) });
    assertAlmostEquals(scorer.score, several.macro_f1_occurring, 1e-12);
    assertClose(intervalOf(TIMES.map(scorer.resampled)), several.bootstrap.macro);
  });
});
