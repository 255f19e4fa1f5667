import { argmax } from "../decide/decide_classes.ts";
import { cellsOf, oneColumn, severalColumns, type Shape, type ShapeFacts } from "./shape.ts";
import { mostWords, readWords, shownSeparator, vocabularyOf } from "./words.ts";

/** Why a ranked list does not fit; null when it does. */
export function rankedMisfit(facts: ShapeFacts): string | null {
  return facts.target === "value" ? "the target is value, not a class" : severalColumns(facts);
}

/** Separator of a ranked list: the sample's, else a space. */
function separatorOf(facts: ShapeFacts): string {
  return shownSeparator(vocabularyOf(facts), cellsOf(facts)) ?? " ";
}

/** Number of classes in a ranked answer: as set, else as many as a cell of the sample has words. */
export function rankedLength(facts: ShapeFacts): number {
  const wanted = facts.settings.ranked ?? mostWords(cellsOf(facts), separatorOf(facts));
  return Math.min(Math.max(1, wanted), facts.classes.length);
}

/** Class indices by falling probability, ties by index. */
function rank(prediction: Float64Array): number[] {
  return [...prediction.keys()].sort((a, b) => prediction[b]! - prediction[a]! || a - b);
}

/** The most probable classes in one cell, the first one first. A known label comes before all others. */
export function rankedShape(facts: ShapeFacts): Shape {
  const vocabulary = vocabularyOf(facts), separator = separatorOf(facts), length = rankedLength(facts);
  return {
    name: "ranked",
    columns: oneColumn(facts),
    answer: (prediction) => rank(prediction).slice(0, length),
    known: (target, prediction) => {
      const best = argmax(target);
      const first = [...target.keys()].filter((c) => target[c]! === 1 || c === best);
      return [...first, ...rank(prediction).filter((c) => !first.includes(c))].slice(0, length);
    },
    write: (order) => [order.map((c) => vocabulary.words[c]!).join(separator)],
    read: ([cell]) => readWords(vocabulary, cell!, separator),
  };
}
