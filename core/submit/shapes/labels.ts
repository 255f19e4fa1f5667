import { argmax } from "../decide/decide_classes.ts";
import { cellsOf, oneColumn, severalColumns, type Shape, type ShapeFacts } from "./shape.ts";
import { readWords, shownSeparator, vocabularyOf } from "./words.ts";

/** Why labels do not fit; null when they do. */
export function labelsMisfit(facts: ShapeFacts): string | null {
  return facts.target === "value" ? "the target is value, not a class" : severalColumns(facts);
}

function trueClasses(target: Float64Array, several: boolean): number[] {
  return several ? [...target.keys()].filter((c) => target[c]! === 1) : [argmax(target)];
}

/**
 * The predicted classes in one cell, ascending, as the layout formats them; or joined by the sample's separator where
 * it shows another one.
 */
export function labelsShape(facts: ShapeFacts): Shape {
  const vocabulary = vocabularyOf(facts), own = vocabulary.own;
  const separator = shownSeparator(vocabulary, cellsOf(facts)) ?? own ?? " ";
  const { submission, target } = facts;
  return {
    name: "labels",
    columns: oneColumn(facts),
    answer: (prediction, decide) => decide(prediction),
    known: (known) => trueClasses(known, target === "class_set"),
    write: (labels) => [
      own === null || own === separator
        ? submission.format(labels)
        : labels.map((label) => vocabulary.words[label]!).join(separator),
    ],
    read: ([cell]) => readWords(vocabulary, cell!, separator),
  };
}
