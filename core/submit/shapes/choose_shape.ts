import { configProblem, dataProblem } from "../../base/problem.ts";
import { quoted } from "../../base/quoted.ts";
import { classColumnsMisfit, columnsShape } from "./columns.ts";
import { labelsMisfit, labelsShape } from "./labels.ts";
import { rankedMisfit, rankedShape } from "./ranked.ts";
import { scoreMisfit, scoreShape } from "./score.ts";
import { cellsOf, numberIn, type Shape, type ShapeFacts, type ShapeName, SHAPES } from "./shape.ts";
import { valueMisfit, valueShape } from "./value.ts";
import { areSingle, mostWords, shownSeparator, vocabularyOf } from "./words.ts";

interface Builder {
  /** Why the shape does not fit layout and sample; null when it does. */
  misfit(facts: ShapeFacts): string | null;
  make(facts: ShapeFacts): Shape;
}

const BUILDERS: Readonly<Record<ShapeName, Builder>> = {
  labels: { misfit: labelsMisfit, make: labelsShape },
  score: { misfit: scoreMisfit, make: scoreShape },
  columns: { misfit: classColumnsMisfit, make: columnsShape },
  ranked: { misfit: rankedMisfit, make: rankedShape },
  value: { misfit: valueMisfit, make: valueShape },
};

/** What decides about a shape beside layout and sample. */
export interface ShapeRequest {
  /** `shape` of submission.yml. */
  readonly wanted: ShapeName | "auto";
  /** Path of the sample; null where there is none. */
  readonly sample: string | null;
  /** The metric that the config names when it scores probabilities, not answers; else null. */
  readonly probabilityMetric: string | null;
}

/** A shape and why it is this one. */
export interface ChosenShape {
  readonly shape: Shape;
  readonly reason: string;
}

interface Guess {
  readonly name: ShapeName;
  readonly reason: string;
}

/** Without a column in the sample, the target and the metric decide. */
function guessWithoutColumn(facts: ShapeFacts, { sample, probabilityMetric }: ShapeRequest): Guess {
  const shown = sample === null ? "there is no sample submission" : "the sample has Ids only";
  if (probabilityMetric !== null) {
    const name = scoreMisfit(facts) === null ? "score" : "columns";
    return { name, reason: `${shown}, and ${probabilityMetric} scores probabilities` };
  }
  const name = facts.target === "probabilities" ? "columns" : "labels";
  return { name, reason: `${shown}, and the target is ${facts.target}` };
}

/** The shape of a column whose cells are classes, one or several in each. */
function guessWords(facts: ShapeFacts, { probabilityMetric }: ShapeRequest): Guess | null {
  const cells = cellsOf(facts), vocabulary = vocabularyOf(facts);
  if (areSingle(vocabulary, cells)) {
    return probabilityMetric !== null && scoreMisfit(facts) === null
      ? { name: "score", reason: `the sample has one column, and ${probabilityMetric} scores probabilities` }
      : { name: "labels", reason: "the sample's cells are classes" };
  }
  const several = shownSeparator(vocabulary, cells) !== null ||
    (cells.some((cell) => Number.isNaN(numberIn(cell))) && mostWords(cells, " ") > 1);
  if (!several) return null;
  return facts.target === "class_set"
    ? {
      name: "labels",
      reason: "the sample's cells have several words, and an image may have several labels",
    }
    : { name: "ranked", reason: "the sample's cells have several words, and an image has one label" };
}

/** The shape of a column of numbers that are no classes; null where it is none. */
function guessNumber(facts: ShapeFacts): Guess | null {
  const cells = cellsOf(facts);
  if (cells.some((cell) => Number.isNaN(numberIn(cell)))) {
    return { name: "labels", reason: "the sample's cells are words" };
  }
  const example = quoted(cells[0]!);
  if (scoreMisfit(facts) === null) {
    return { name: "score", reason: `the sample's cells are numbers such as ${example}, no classes` };
  }
  return valueMisfit(facts) === null
    ? { name: "value", reason: `the sample's cells are numbers such as ${example}, no grades` }
    : null;
}

function guess(facts: ShapeFacts, request: ShapeRequest): Guess | null {
  if (facts.settings.ranked !== null) return { name: "ranked", reason: "ranked is set" };
  if (facts.target === "value") return { name: "value", reason: "the target is value" };
  if (facts.columns.length > 1) return { name: "columns", reason: "the sample has a column for each class" };
  if (facts.columns.length === 0) return guessWithoutColumn(facts, request);
  return guessWords(facts, request) ?? guessNumber(facts);
}

function fittingShapes(facts: ShapeFacts): string {
  const names = SHAPES.filter((name) => BUILDERS[name].misfit(facts) === null);
  return names.length === 0 ? "none fits" : names.join(", ");
}

function detect(facts: ShapeFacts, request: ShapeRequest): Guess {
  const found = guess(facts, request);
  const misfit = found === null
    ? `its cells are numbers such as ${
      quoted(cellsOf(facts)[0]!)
    }, which are none of the ${facts.classes.length} classes`
    : BUILDERS[found.name].misfit(facts);
  if (found !== null && misfit === null) return found;
  throw dataProblem(
    `Cannot write what "${request.sample ?? facts.submission.predictionColumn}" asks for: ${misfit}`,
    `Choose the layout that has these classes by data.layout and its parameters, or set shape (fitting: ${
      fittingShapes(facts)
    })`,
  );
}

/**
 * The shape of a submission: the wanted one, or what sample and layout tell. The rules, the first that holds:
 *
 * 1. `ranked` is set: ranked
 * 2. the target is value: value
 * 3. several columns beside the Ids: columns, which must be named after the classes
 * 4. no such column: score or columns for a metric that scores probabilities, columns for the target probabilities, else
 *    labels
 * 5. cells that are one class each: labels; score for two exclusive classes and a named metric that scores probabilities
 * 6. cells of several words: labels where an image may have several, else ranked
 * 7. numbers that are no classes: score for two exclusive classes, value for grades
 * 8. other words, which then stand for classes: labels
 *
 * Throws a data problem when the sample fits none, and a config problem when the wanted shape does not fit, with those
 * that do.
 */
export function chooseShape(facts: ShapeFacts, request: ShapeRequest): ChosenShape {
  const { wanted } = request;
  if (wanted === "auto") {
    const { name, reason } = detect(facts, request);
    return { shape: BUILDERS[name].make(facts), reason };
  }
  const misfit = BUILDERS[wanted].misfit(facts);
  if (misfit === null) return { shape: BUILDERS[wanted].make(facts), reason: "the config says so" };
  throw configProblem(`Cannot use shape: ${wanted}: ${misfit}`, `Shapes that fit: ${fittingShapes(facts)}`);
}
