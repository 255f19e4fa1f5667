import { configProblem, dataProblem } from "../../plugin.ts";
import { ClassWords, isWhole, sortedNames, splitWords } from "./_class_words.ts";
import { type LabelCells, type LabelReader, oneLabelProblem, placeOf } from "./_label_cells.ts";
import type { Sample } from "./_sample.ts";

/** How one column of class names is read. */
export interface WordOptions {
  readonly target: "auto" | "class" | "class_set" | "grade";
  /** What stands between several labels; null: looked for. */
  readonly separator: string | null;
  /** Class names in order; empty: those of the cells. */
  readonly classes: readonly string[];
  readonly sample: Sample | null;
}

/** Classes below which whole numbers are indices, however few of them occur. */
const SMALL = 1000;

/**
 * The classes that words name: whole numbers are indices, so that all numbers up to the largest are classes, unless most
 * of many do not occur; other words are sorted.
 */
function findClasses(words: Iterable<string>): string[] {
  const names = sortedNames(words);
  if (names.length === 0) throw dataProblem("Cannot find any class: every label is empty");
  const count = Number(names.at(-1)) + 1;
  const indices = names.every(isWhole) && (count <= SMALL || count <= 2 * names.length);
  return indices ? Array.from({ length: count }, (_, index) => String(index)) : names;
}

/** Grades in their order: the given one, or all whole numbers from the smallest to the largest. */
function findGrades(words: readonly string[], path: string): string[] {
  const names = sortedNames(words), [first, last] = [Number(names[0]), Number(names.at(-1))];
  if (names.length > 0 && names.every(isWhole) && last - first < SMALL) {
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  }
  throw configProblem(
    `layout_params.target: "grade": the labels of "${path}" are not whole numbers, so that their order is not known`,
    "List the grades from the lowest to the highest with layout_params.classes",
  );
}

/** A least share of the words of joined cells that are cells of their own where the words are labels. */
const ALONE = 0.25;

/**
 * Whether cells of several words are names such as "black rot": fewer distinct cells than words, few of which are cells of
 * their own, while sets of labels combine the same words in many ways.
 */
function areNames(cells: ReadonlySet<string>, separator: string, { classes }: WordOptions): boolean {
  if (classes.length > 0) return [...cells].every((cell) => classes.includes(cell));
  const lists = [...cells].map((cell) => splitWords(cell, separator)), words = new Set(lists.flat());
  if (cells.size >= words.size || [...words].some(isWhole)) return false;
  const joined = new Set(lists.filter((list) => list.length > 1).flat());
  return [...joined].filter((word) => cells.has(word)).length < ALONE * joined.size;
}

/** Whether a sample submission has several labels in a cell. */
function showsSeveral(
  { sample }: WordOptions,
  separator: string,
  words: ReadonlySet<string>,
): boolean {
  return sample?.cells.some((cell) => {
    const own = splitWords(cell, separator);
    return own.length > 1 && own.every((word) => words.has(word));
  }) ?? false;
}

/** Whether a separator splits some of the distinct cells into several classes. */
function splitsCells(cells: ReadonlySet<string>, separator: string, options: WordOptions): boolean {
  const lists = [...cells].map((cell) => splitWords(cell, separator));
  return lists.some((list) => new Set(list).size > 1) && !areNames(cells, separator, options);
}

/** Separators that are looked for; a space last, since the others stand beside one. */
const SEPARATORS = ["|", ";", ",", " "];

function chooseSeparator(cells: ReadonlySet<string>, options: WordOptions): string {
  return options.separator ?? SEPARATORS.find((mark) => splitsCells(cells, mark, options)) ?? " ";
}

/** Distinct cells that are not empty. */
function distinctCells({ rows }: LabelCells): Set<string> {
  return new Set(rows.map(({ cells }) => cells[0]!.trim()).filter((cell) => cell !== ""));
}

/** Whether images have one label or several; throws a data problem on the first empty cell where others have one label. */
function targetOfWords(labels: LabelCells, separator: string, options: WordOptions): "class" | "class_set" {
  const filled = distinctCells(labels);
  if (splitsCells(filled, separator, options)) return "class_set";
  const empty = labels.rows.findIndex(({ cells }) => cells[0]!.trim() === "");
  if (empty < 0) return "class";
  const words = new Set([...filled].flatMap((cell) => splitWords(cell, separator)));
  if (filled.size === 0 || showsSeveral(options, separator, words)) return "class_set";
  throw oneLabelProblem(labels, empty, "no label while the other rows have one");
}

/** Options of {@link chooseClasses}. */
export interface ClassOptions extends Pick<WordOptions, "target" | "classes" | "sample"> {
  /** File or folder of the words, for messages. */
  readonly path: string;
  /** Whether whole numbers are indices, so that those that do not occur are classes too. */
  readonly indices?: boolean;
}

/**
 * The classes of the words that occur: the given ones, grades in their order, the columns of a sample submission that has
 * one for each, or else the words themselves.
 *
 * @throws a config problem when the order of grades is not known
 */
export function chooseClasses(words: readonly string[], options: ClassOptions): readonly string[] {
  const { classes, sample, target, path } = options;
  if (classes.length > 0) return classes;
  if (target === "grade") return findGrades(words, path);
  const columns = new Set(sample?.columns);
  const named = columns.size > 1 && words.every((word) => columns.has(word));
  if (named) return [...columns];
  return options.indices ? findClasses(words) : sortedNames(words);
}

/** Reads one column of class names. Errors: see {@link targetOfWords}, {@link findGrades}. */
export function readWords(labels: LabelCells, options: WordOptions): LabelReader {
  const separator = chooseSeparator(distinctCells(labels), options);
  const target = options.target === "auto" ? targetOfWords(labels, separator, options) : options.target;
  const several = target === "class_set";
  const wordsOf = (cell: string) => several ? splitWords(cell, separator) : [cell.trim()];
  const words = labels.rows.flatMap(({ cells }) => wordsOf(cells[0]!)).filter((word) => word !== "");
  const classes = chooseClasses([...new Set(words)], { ...options, path: labels.path, indices: true });
  const names = new ClassWords(classes, separator);
  const labelsOf = (row: number) => {
    const own = wordsOf(labels.rows[row]!.cells[0]!);
    if (!several && own[0] === "") throw oneLabelProblem(labels, row, "no label");
    return names.indices(own, placeOf(labels, row));
  };
  return { target, classes, separator, labelsOf };
}
