import type { ScoredPredictions, TargetKind } from "../../core/plugin/contracts.ts";
import { noise } from "./formula.ts";

/** A random case, the same as `draw_case` of metric_plugins.py, which explains the draws. */
export interface MetricCase extends ScoredPredictions {
  readonly kind: TargetKind;
  readonly classes: number;
}

/** Numbers that one case draws at most. */
const DRAWS = 700;
const KINDS: readonly TargetKind[] = [
  ...Array<"class_set">(4).fill("class_set"),
  ...Array<"class">(3).fill("class"),
  ...Array<"grade">(2).fill("grade"),
  "value",
];

type Below = (count: number) => number;

function integers(name: string): Below {
  const values = noise(name, DRAWS);
  let at = 0;
  return (count) => Math.floor((values[at++]! + 1) / 2 * count);
}

interface Shape {
  readonly rows: number;
  readonly classes: number;
  readonly steps: number;
  readonly same: boolean;
  readonly absent: number;
  readonly share: number;
}

function drawMany(below: Below, { rows, classes }: Shape, count: number): Float64Array {
  return Float64Array.from({ length: rows * classes }, () => below(count));
}

function drawValues(below: Below, shape: Shape) {
  const targets = drawMany(below, shape, 2001), predictions = drawMany(below, shape, 2001);
  const scaled = (values: Float64Array) => values.map((value) => (value - 1000) / 64);
  return { predictions: scaled(predictions), targets: scaled(targets) };
}

function drawClassSets(below: Below, shape: Shape) {
  const { classes, steps, same, absent, share } = shape;
  const targets = drawMany(below, shape, 10)
    .map((value, at) => at % classes === absent ? 0 : Number(value < share));
  const predictions = drawMany(below, shape, steps + 1).map((value) => same ? 0.75 : value / steps);
  return { predictions, targets };
}

function drawClasses(below: Below, shape: Shape) {
  const { rows, classes, steps, same, absent, share } = shape;
  const truth = Array.from({ length: rows }, () => below(classes))
    .map((label) => label === absent ? (label + 1) % classes : label);
  const targets = new Float64Array(rows * classes);
  for (const [row, label] of truth.entries()) targets[row * classes + label] = 1;
  const weights = drawMany(below, shape, steps + 1)
    .map((weight, at) => same ? 1 : weight + share * targets[at]!);
  const predictions = weights.map((weight, at) => {
    const start = at - at % classes;
    return weight / weights.subarray(start, start + classes).reduce((sum, other) => sum + other, 0);
  });
  return { predictions, targets };
}

function drawShape(below: Below, oneClass: boolean): Shape {
  const rows = below(8) === 0 ? 1 : 2 + below(29);
  const classes = below(6) + (oneClass ? 2 : 1);
  const steps = [1, 4, 20, 1000000][below(4)]!;
  return { rows, classes, steps, same: below(10) === 0, absent: below(2 * classes), share: 1 + below(9) };
}

/** The case of a number from 0. */
export function metricCase(index: number): MetricCase {
  const below = integers(`metrics ${index}`);
  const kind = KINDS[index % KINDS.length]!;
  const shape = drawShape(below, kind === "class" || kind === "grade");
  const draw = kind === "value" ? drawValues : kind === "class_set" ? drawClassSets : drawClasses;
  const { predictions, targets } = draw(below, shape);
  return {
    kind,
    rows: shape.rows,
    classes: shape.classes,
    predictions,
    targets: Float32Array.from(targets),
  };
}
