import type { Answered } from "./class_scores.ts";

/** Counts by true class (row) and by answer (column). */
export type CountMatrix = readonly Float64Array[];

function emptyMatrix(size: number): Float64Array[] {
  return Array.from({ length: size }, () => new Float64Array(size));
}

function* rowsOf({ classes, answers }: Answered): Generator<number> {
  for (let start = 0; start < answers.length; start += classes) yield start;
}

function placesOf(count: number, holds: (label: number) => boolean): number[] {
  const places: number[] = [];
  for (let label = 0; label < count; label++) if (holds(label)) places.push(label);
  return places;
}

/** Images by true class and by answered class, where an image has one label. */
export function confusionMatrix(answered: Answered): CountMatrix {
  const { classes, answers, labels } = answered, matrix = emptyMatrix(classes);
  for (const start of rowsOf(answered)) {
    const [truth] = placesOf(classes, (label) => labels[start + label] === 1);
    const [answer] = placesOf(classes, (label) => answers[start + label] === 1);
    if (truth !== undefined && answer !== undefined) matrix[truth]![answer]! += 1;
  }
  return matrix;
}

/**
 * What is answered instead, where an image has several labels: off the diagonal, images in which the class of the row was
 * missed and that of the column answered wrongly; on the diagonal, images in which the class was answered rightly. A last
 * row and column count errors without a partner: wrong answers of images in which nothing was missed, and missed classes
 * of images without a wrong answer.
 */
export function coErrorMatrix(answered: Answered): CountMatrix {
  const { classes, answers, labels } = answered, matrix = emptyMatrix(classes + 1);
  for (const start of rowsOf(answered)) {
    const is = (label: number) => answers[start + label]! + 2 * labels[start + label]!;
    const missed = placesOf(classes, (label) => is(label) === 2);
    const wrong = placesOf(classes, (label) => is(label) === 1);
    for (const label of placesOf(classes, (label) => is(label) === 3)) matrix[label]![label]! += 1;
    if (missed.length === 0) missed.push(classes);
    if (wrong.length === 0) wrong.push(classes);
    if (missed[0] === classes && wrong[0] === classes) continue;
    for (const label of missed) for (const other of wrong) matrix[label]![other]! += 1;
  }
  return matrix;
}
