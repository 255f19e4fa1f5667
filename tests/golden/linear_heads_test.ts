import { assert, assertAlmostEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { decodeImage } from "../../core/image/decode.ts";
import { fitProbe, INNER_FOLDS, innerFolds, type TrainingRows } from "../../core/linear_probe/fit_probe.ts";
import { headKind, type HeadName, type Meaning } from "../../core/linear_probe/heads.ts";
import { type LinearHead, outputsOf } from "../../core/linear_probe/linear_head.ts";
import { activateOutputs, logisticFitter, type LogisticKind } from "../../core/linear_probe/logistic.ts";
import { type Matrix, zeros } from "../../core/linear_probe/matrix.ts";
import { ridgeFitter } from "../../core/linear_probe/ridge.ts";
import { type FeatureTable, scaleOf, standardized } from "../../core/linear_probe/standardize.ts";

// The numbers of linear_heads.json are scikit-learn's: tests/golden/linear_heads.py.

interface Head {
  readonly weights: readonly (readonly number[])[] | readonly number[];
  readonly intercepts: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly points: number;
}

const TRAIN = 1198, FEW = 40, SIDE = 8, CLASSES = 10;
const reference: Record<string, Head> & { readonly chosen: Record<HeadName, number> } = JSON.parse(
  await Deno.readTextFile(fromFileUrl(new URL("./linear_heads.json", import.meta.url))),
);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The pixels of all digits, and what they are. */
async function readDigits(): Promise<{ readonly table: FeatureTable; readonly digits: readonly number[] }> {
  const folder = fromFileUrl(new URL("../fixtures/digits/", import.meta.url));
  const { across, labels } = JSON.parse(await Deno.readTextFile(`${folder}digits.json`));
  const sheet = await decodeImage(await Deno.readFile(`${folder}digits.png`), { channels: 1 });
  const digits = [...labels as string].map(Number), values = new Float32Array(digits.length * SIDE * SIDE);
  for (let i = 0; i < values.length; i++) {
    const [digit, pixel] = [Math.floor(i / 64), i % 64];
    const top = SIDE * Math.floor(digit / across) + Math.floor(pixel / SIDE);
    values[i] = sheet.data[top * sheet.width + SIDE * (digit % across) + pixel % SIDE]!;
  }
  return { table: { width: SIDE * SIDE, values }, digits };
}

const { table, digits } = await readDigits();
const scale = scaleOf(table, range(0, TRAIN));
const train = standardized(table, range(0, TRAIN), scale);
const held = standardized(table, range(TRAIN, digits.length), scale);

function targets(rows: readonly number[], of: readonly ((digit: number) => number)[]): Matrix {
  const values = Float64Array.from(rows.flatMap((row) => of.map((target) => target(digits[row]!))));
  return { rows: rows.length, columns: of.length, values };
}

const ONE_HOT = range(0, CLASSES).map((label) => (digit: number) => Number(digit === label));
const SIGNS = ONE_HOT.map((isLabel) => (digit: number) => 2 * isLabel(digit) - 1);
const LABELS = [
  (digit: number) => Number(digit % 2 === 0),
  (digit: number) => Number(digit >= 5),
  (digit: number) => Number([2, 3, 5, 7].includes(digit)),
  (digit: number) => Number(digit === 0),
];

function assertHead({ weights, intercepts }: LinearHead, expected: Head, tolerance: number): void {
  const flat = expected.weights.flat();
  for (const [i, value] of weights.values.entries()) {
    assertAlmostEquals(value, flat[i]!, tolerance, `weight ${i}`);
  }
  for (const [i, value] of intercepts.entries()) {
    assertAlmostEquals(value, expected.intercepts[i]!, tolerance);
  }
}

/** How many of the held-out digits have the greatest value of their row, in points of a hundred. */
function points(values: Float64Array): number {
  const right = digits.slice(TRAIN).filter((digit, row) => {
    const own = values.subarray(row * CLASSES, (row + 1) * CLASSES);
    return own.indexOf(Math.max(...own)) === digit;
  });
  return 100 * right.length / (digits.length - TRAIN);
}

Deno.test("ridge heads are RidgeClassifier's and Ridge's, with more rows than features and with fewer", () => {
  const head = ridgeFitter(train, targets(range(0, TRAIN), SIGNS))(100);
  assertHead(head, reference.ridge!, 1e-10);
  assertAlmostEquals(points(outputsOf(head, held).values), reference.ridge!.points, 1e-9);
  const value = ridgeFitter(train, targets(range(0, TRAIN), [(digit) => digit]))(100);
  assertHead(value, reference.value!, 1e-10);
  const few = standardized(table, range(0, FEW), scale);
  const means = range(0, few.columns).map((i) =>
    range(0, FEW).reduce((sum, row) => sum + few.values[row * 64 + i]! / FEW, 0)
  );
  const centred = { ...few, values: few.values.map((value, i) => value - means[i % 64]!) };
  const { weights, intercepts } = ridgeFitter(centred, targets(range(0, FEW), SIGNS))(10);
  const moved = intercepts.map((value, k) =>
    value - means.reduce((sum, mean, i) => sum + mean * weights.values[k * 64 + i]!, 0)
  );
  assertHead({ weights, intercepts: moved }, reference.few!, 1e-10);
});

const CASES: readonly [name: string, kind: LogisticKind, of: readonly ((digit: number) => number)[]][] = [
  ["multinomial", "softmax", ONE_HOT],
  ["pair", "sigmoid", [LABELS[1]!]],
  ["labels", "sigmoid", LABELS],
];
for (const [name, kind, of] of CASES) {
  Deno.test(`logistic heads are LogisticRegression's: ${name}`, () => {
    const head = logisticFitter(train, targets(range(0, TRAIN), of), { kind, tolerance: 1e-16 })(10);
    const expected = reference[name]!, outputs = outputsOf(head, held);
    assertHead(head, expected, 1e-6);
    if (name === "multinomial") assertAlmostEquals(points(outputs.values), expected.points, 1e-9);
    activateOutputs(outputs, zeros(outputs.rows, outputs.columns), kind);
    for (const [row, probabilities] of (expected.probabilities ?? []).entries()) {
      const own = outputs.values.subarray(row * of.length, (row + 1) * of.length);
      const shown = own.length === 1 ? [1 - own[0]!, own[0]!] : [...own];
      for (const [k, value] of shown.entries()) assertAlmostEquals(value, probabilities[k]!, 1e-7);
    }
  });
}

function trainingRows(of: readonly ((digit: number) => number)[]): TrainingRows {
  const rows = range(0, TRAIN);
  return { rows, targets: targets(rows, of), parts: Int32Array.from(rows, (row) => row % INNER_FOLDS) };
}

function probed(name: HeadName, meaning: Meaning, of: readonly ((digit: number) => number)[]) {
  const kind = headKind(name, { meaning, classes: of.length });
  return fitProbe(table, trainingRows(of), { kind, strength: null });
}

for (const name of ["ridge", "logistic"] as const) {
  Deno.test(`a ${name} head with the strength of its own choice is within 0.2 points of scikit-learn's`, () => {
    const { predict, strength } = probed(name, "classes", ONE_HOT);
    const found = points(predict(range(TRAIN, digits.length)));
    assert(
      found >= reference.chosen[name] - 0.2,
      `${found} points at ${strength}, ${reference.chosen[name]}`,
    );
  });

  Deno.test(`a ${name} head gives probabilities of classes that sum to 1, and of labels, near the shares that hold`, () => {
    const rows = range(TRAIN, digits.length);
    for (
      const [meaning, of] of [["classes", ONE_HOT], ["labels", LABELS], ["classes", [
        LABELS[1]!,
        (digit: number) => Number(digit < 5),
      ]]] as const
    ) {
      const probabilities = probed(name, meaning, of).predict(rows), truth = targets(rows, of).values;
      for (const value of probabilities) assert(value >= 0 && value <= 1);
      for (let row = 0; meaning === "classes" && row < rows.length; row++) {
        const own = probabilities.subarray(row * of.length, (row + 1) * of.length);
        assertAlmostEquals(own.reduce((sum, value) => sum + value), 1, 1e-6);
      }
      const loss = truth.reduce((sum, label, i) =>
        sum - Math.log(Math.max(1e-12, label ? probabilities[i]! : 1 - probabilities[i]!)), 0) / truth.length;
      assert(loss < (of.length === CLASSES ? 0.1 : 0.45), `${meaning}: log loss ${loss}`);
    }
  });
}

Deno.test("a ridge head of values predicts them as they are, whatever their unit", () => {
  const rows = range(TRAIN, digits.length);
  for (const unit of [1, 1000]) {
    const found = probed("ridge", "values", [(digit) => unit * digit]).predict(rows);
    const error = rows.reduce((sum, row, i) => sum + (found[i]! / unit - digits[row]!) ** 2, 0) / rows.length;
    assert(error < 5, `mean squared error ${error}, of the mean alone about 8`);
  }
});

Deno.test("inner folds keep groups whole and are about even", () => {
  const groups = Int32Array.from({ length: 300 }, (_, row) => Math.floor(new Random(1, row).uniform(0, 100)));
  const folds = innerFolds(groups, 7), foldOf = new Map<number, number>();
  for (const [row, group] of groups.entries()) {
    assert((foldOf.get(group) ?? folds[row]) === folds[row]);
    foldOf.set(group, folds[row]!);
  }
  for (let fold = 0; fold < INNER_FOLDS; fold++) {
    assertAlmostEquals(folds.filter((own) => own === fold).length, 300 / INNER_FOLDS, 8);
  }
});
