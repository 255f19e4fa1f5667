import { dataProblem } from "../../base/problem.ts";
import { quoted } from "../../base/quoted.ts";
import { numberIn, type ShapeFacts } from "./shape.ts";

/** What may stand between the words of a cell, beside the layout's own separator. */
const SEPARATORS = [" ", ", ", ",", "; ", ";", " | ", "|", "/"];

/** The words of the classes in a submission, and what stands between several. */
export interface Vocabulary {
  /** Word of each class. */
  readonly words: readonly string[];
  /** What the layout writes between two classes; null where it writes one only. */
  readonly own: string | null;
}

/** The words and the separator that the layout's format writes. */
export function vocabularyOf({ classes, submission }: ShapeFacts): Vocabulary {
  const words = classes.map((_, c) => submission.format([c]));
  if (classes.length < 2) return { words, own: null };
  const both = submission.format([0, 1]), [first, second] = [words[0]!, words[1]!];
  const joined = both.length > first.length + second.length && both.startsWith(first) &&
    both.endsWith(second);
  return { words, own: joined ? both.slice(first.length, both.length - second.length) : null };
}

/** The class that a word names: by its text, or by its number where words are numbers (`1.0`); -1 for none. */
export function classOfWord({ words }: Vocabulary, word: string): number {
  const exact = words.indexOf(word);
  if (exact >= 0) return exact;
  const value = numberIn(word);
  return Number.isNaN(value) ? -1 : words.findIndex((known) => numberIn(known) === value);
}

function wordsIn(cell: string, separator: string): string[] {
  return cell.split(separator).map((word) => word.trim()).filter((word) => word !== "");
}

/** Separators that may be meant, the layout's first. */
function candidates({ own }: Vocabulary): string[] {
  return own === null ? SEPARATORS : [own, ...SEPARATORS];
}

/** Whether every cell is empty or the words of classes. */
function fits(vocabulary: Vocabulary, cells: readonly string[], separator: string): boolean {
  return cells.every((cell) => wordsIn(cell, separator).every((word) => classOfWord(vocabulary, word) >= 0));
}

/** Separator that the cells show: the first by which all of them are words of classes; null where none shows. */
export function shownSeparator(vocabulary: Vocabulary, cells: readonly string[]): string | null {
  const several = cells.filter((cell) => cell.trim() !== "" && classOfWord(vocabulary, cell.trim()) < 0);
  if (several.length === 0) return null;
  return candidates(vocabulary).find((separator) => fits(vocabulary, several, separator)) ?? null;
}

/** Whether every cell is empty, or a class. */
export function areSingle(vocabulary: Vocabulary, cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === "" || classOfWord(vocabulary, cell.trim()) >= 0);
}

/** The classes of a cell in its order. Throws a data problem on an unknown word. */
export function readWords(vocabulary: Vocabulary, cell: string, separator: string): number[] {
  const whole = classOfWord(vocabulary, cell);
  if (whole >= 0) return [whole];
  return wordsIn(cell, separator).map((word) => {
    const found = classOfWord(vocabulary, word);
    if (found >= 0) return found;
    throw dataProblem(`Cannot read the submission: ${quoted(word)} is no class`);
  });
}

/** The largest number of words in a cell, split at spaces: what a sample of placeholders shows. */
export function mostWords(cells: readonly string[], separator: string): number {
  return cells.reduce((most, cell) => Math.max(most, wordsIn(cell, separator).length), 0);
}
