import type { ScoredPredictions } from "../../plugin/contracts.ts";
import type { Fits, Half, Mixture, Outcome, Scoring } from "./scoring.ts";
import { byRow, type EnsembleTable } from "../table.ts";
import type { Training } from "../training.ts";

/** Numbers that a metric sees at most, of a bootstrap sample and of a step of the greedy search; and the fewest rows. */
const RESAMPLED = 60_000, SEARCHED = 20_000, FEWEST_ROWS = 1000;

/** Predictions as they are scored, made of probabilities or values; both `[rows, classes]`. */
export type Decide = (predictions: Float64Array) => Float64Array;

/** A metric, and what is chosen for it. */
export interface MetricScoringOptions {
  readonly title: string;
  readonly better: "higher" | "lower";
  /** The score such that more is better; minus infinity where there is none. */
  merit(scored: ScoredPredictions): number;
  /** Chooses on some rows what is made of probabilities, such as cut points; as they are when left out. */
  readonly chooseDecision?: (scored: ScoredPredictions) => Decide;
  /** Merit of the best constant answer; null where there is none. */
  readonly constant?: (scored: ScoredPredictions) => number | null;
  /** Whether the decision fits a threshold to each class. */
  readonly ordersOnly?: boolean;
}

/** The matrices of some rows, `[rows, classes]`. */
function takeRows(
  from: Pick<ScoredPredictions, "predictions" | "targets">,
  rows: ArrayLike<number>,
  classes: number,
): ScoredPredictions {
  const predictions = new Float64Array(rows.length * classes), targets = new Float32Array(predictions.length);
  for (let place = 0; place < rows.length; place++) {
    const start = rows[place]! * classes, end = start + classes;
    predictions.set(from.predictions.subarray(start, end), place * classes);
    targets.set(from.targets.subarray(start, end), place * classes);
  }
  return { rows: rows.length, predictions, targets };
}

/** Some of a list at even steps: as many rows as have `cells` numbers, at least a thousand. */
function spread(
  rows: readonly number[],
  { cells, classes }: { cells: number; classes: number },
): readonly number[] {
  const most = Math.max(FEWEST_ROWS, Math.floor(cells / classes));
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, place) => rows[Math.floor(place * rows.length / most)]!);
}

function targetsOf({ labels, classes }: EnsembleTable): Float32Array {
  return Float32Array.from(byRow(labels, classes));
}

/** A sum of models scored by a metric, on some rows of a half. */
class MetricMixture implements Mixture {
  readonly #values: readonly Float64Array[];
  readonly #sum: Float64Array;
  #total = 0;

  constructor(
    values: readonly ScoredPredictions[],
    readonly meritOf: (scored: ScoredPredictions) => number,
  ) {
    this.#values = values.map(({ predictions }) => predictions);
    this.#sum = new Float64Array(this.#values[0]!.length);
    this.scored = values[0]!;
  }

  readonly scored: ScoredPredictions;

  merit(): number {
    return this.meritOf({ ...this.scored, predictions: this.#sum.map((value) => value / this.#total) });
  }

  meritWith(model: number): number {
    const values = this.#values[model]!, share = 1 / (this.#total + 1);
    return this.meritOf({
      ...this.scored,
      predictions: this.#sum.map((value, at) => share * (value + values[at]!)),
    });
  }

  add(model: number): void {
    const values = this.#values[model]!;
    for (let at = 0; at < values.length; at++) this.#sum[at]! += values[at]!;
    this.#total += 1;
  }
}

/** Minus the log loss of one class against the rest. */
function classMerit({ predictions, targets }: ScoredPredictions): number {
  let sum = 0;
  for (let at = 0; at < predictions.length; at++) {
    const p = Math.min(1 - 1e-7, Math.max(1e-7, predictions[at]!)), target = targets[at]!;
    sum += target * Math.log(p) + (1 - target) * Math.log(1 - p);
  }
  return sum / Math.max(1, predictions.length);
}

/** The mixture of one class, by its log loss: a metric of all classes tells little of one. */
function classMixture(training: Training, rows: readonly number[], label: number): Mixture {
  const { table, members } = training, offset = label * table.rows;
  const column = (matrix: Float32Array) => Float64Array.from(rows, (row) => matrix[offset + row]!);
  const targets = Float32Array.from(column(table.labels));
  return new MetricMixture(
    members.matrices.map((matrix) => ({ rows: rows.length, predictions: column(matrix), targets })),
    classMerit,
  );
}

function allMixture(training: Training, rows: readonly number[], options: MetricScoringOptions): Mixture {
  const { table, members } = training, { classes } = table;
  const turn = (matrix: Float32Array) => {
    const turned = new Float64Array(rows.length * classes);
    for (const [place, row] of rows.entries()) {
      for (let c = 0; c < classes; c++) turned[place * classes + c] = matrix[c * table.rows + row]!;
    }
    return turned;
  };
  const targets = Float32Array.from(turn(table.labels));
  const scored = members.matrices.map((matrix) => ({
    rows: rows.length,
    predictions: turn(matrix),
    targets,
  }));
  return new MetricMixture(scored, options.merit);
}

/** The rows of a fit, and those it is judged on. */
function rowsOf({ folds }: Fits, wanted: (fold: number) => boolean): number[] {
  return Array.from({ length: folds.length }, (_, row) => row).filter((row) => wanted(folds[row]!));
}

/** Predictions of all rows, decided by the fits that left them out, and what each fit scored on its own rows. */
function decideNested(
  table: EnsembleTable,
  fits: Fits,
  by: { readonly blendOf: (fit: number) => Float32Array; readonly options: MetricScoringOptions },
): { readonly nested: Float64Array; readonly fitted: number[]; readonly targets: Float32Array } {
  const { classes } = table, { merit, chooseDecision = () => (values: Float64Array) => values } = by.options;
  const targets = targetsOf(table), nested = new Float64Array(targets.length), fitted: number[] = [];
  let blend: Float32Array = new Float32Array(), predictions: Float64Array = new Float64Array();
  for (let fit = 0; fit <= fits.count; fit++) {
    if (by.blendOf(fit) !== blend) {
      blend = by.blendOf(fit);
      predictions = byRow(blend, classes);
    }
    const train = takeRows({ predictions, targets }, rowsOf(fits, (fold) => fold !== fit), classes);
    const decide = chooseDecision(train);
    fitted.push(merit({ ...train, predictions: decide(train.predictions) }));
    if (fit === fits.count) break;
    const held = rowsOf(fits, (fold) => fold === fit);
    const answers = decide(takeRows({ predictions, targets }, held, classes).predictions);
    for (const [place, row] of held.entries()) {
      nested.set(answers.subarray(place * classes, (place + 1) * classes), row * classes);
    }
  }
  return { nested, fitted, targets };
}

/**
 * Any metric. Of more than 60,000 numbers a bootstrap sample is scored on a part, and its deviation scaled to all rows (an
 * m out of n bootstrap), so that slow metrics end within seconds.
 */
export function metricScoring(options: MetricScoringOptions): Scoring {
  const { title, better, merit, constant, ordersOnly = false } = options;
  const evaluate: Scoring["evaluate"] = (table, fits, blendOf): Outcome => {
    const { classes, rows } = table,
      { nested, fitted, targets } = decideNested(table, fits, { blendOf, options });
    const all = spread([...Array(rows).keys()], { cells: RESAMPLED, classes });
    const whole = merit({ rows, predictions: nested, targets });
    const part = merit(takeRows({ predictions: nested, targets }, all, classes));
    const shrink = Math.sqrt(all.length / rows);
    const resampled = (times: Uint8Array) => {
      const drawn = all.flatMap((row) => new Array<number>(times[row]!).fill(row));
      return whole + shrink * (merit(takeRows({ predictions: nested, targets }, drawn, classes)) - part);
    };
    return { nested: whole, inSample: fitted.at(-1)!, fitted, degrees: rows - 1, resampled };
  };
  const mixture = (training: Training, { sides, side }: Half, label?: number): Mixture => {
    const { groups } = training.by;
    const rows = [...training.kept.keys()].filter((row) =>
      training.kept[row] === 1 && sides[groups[row]!] === side
    );
    return label === undefined
      ? allMixture(training, spread(rows, { cells: SEARCHED, classes: training.table.classes }), options)
      : classMixture(training, spread(rows, { cells: SEARCHED / 5, classes: 1 }), label);
  };
  return {
    title,
    better,
    ordersOnly,
    constant: (table) => {
      const targets = targetsOf(table);
      return constant?.({ rows: table.rows, predictions: new Float64Array(targets.length), targets }) ?? null;
    },
    mixture,
    evaluate,
  };
}
