import { configProblem, type TargetKind } from "../../plugin.ts";
import type { LabelCells, LabelReader } from "./_label_cells.ts";
import { allBinary, numberOf, readNumbers } from "./_number_labels.ts";
import type { Sample } from "./_sample.ts";
import { readWords } from "./_word_labels.ts";

/** What is known of the labels beside the label file. */
export interface LabelOptions {
  readonly target: TargetKind | "auto";
  readonly separator: string | null;
  readonly classes: readonly string[];
  readonly sample: Sample | null;
}

/** Label columns as the parameters name them. */
export interface NamedLabelColumns {
  readonly label_column: string | null;
  readonly label_columns: readonly string[] | null;
}

/** The part of a label file in which label columns are looked for. */
export interface LabelTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold no labels: Id, group, parts of image names. */
  readonly others: readonly string[];
}

/** The column whose words are all columns of the sample submission, as where a class has a column. */
function columnOfClasses(table: LabelTable, columns: readonly string[], sample: Sample): string | undefined {
  const classes = new Set(sample.columns);
  return sample.columns.length < 2 ? undefined : columns.find((column) => {
    const place = table.header.indexOf(column);
    return table.rows.every((row) => classes.has(row[place]!));
  });
}

/**
 * The label columns of a label file: those that the parameters name; else those of the sample submission where the label
 * file has them all; else the one whose words are the columns of the sample submission; else all where there are several
 * and they hold zeros and ones alone; else the first that is no Id.
 */
export function chooseLabelColumns(
  table: LabelTable,
  { label_column, label_columns }: NamedLabelColumns,
  sample: Sample | null,
): readonly string[] {
  if (label_columns !== null) return label_columns;
  if (label_column !== null) return [label_column];
  const columns = table.header.filter((column) => !table.others.includes(column));
  if (sample && sample.columns.length > 0 && sample.columns.every((column) => columns.includes(column))) {
    return sample.columns;
  }
  const named = sample && columnOfClasses(table, columns, sample);
  if (named) return [named];
  const places = columns.map((column) => table.header.indexOf(column));
  const binary = columns.length > 1 && table.rows.length > 0 &&
    table.rows.every((row) => allBinary(places.map((place) => row[place]!)));
  return binary ? columns : columns.slice(0, 1);
}

/**
 * Whether one column holds measured values: decimals, or whole numbers of more than two kinds where the sample
 * submission has decimals.
 */
function holdsValues({ rows }: LabelCells, sample: Sample | null): boolean {
  const values = new Set<number>(), isDecimal = (value: number) => !Number.isInteger(value);
  for (const { cells: [cell] } of rows) {
    if (cell!.trim() === "") continue;
    const value = numberOf(cell!);
    if (Number.isNaN(value)) return false;
    values.add(value);
  }
  if (values.size === 0) return false;
  if ([...values].some(isDecimal)) return true;
  const answers = sample?.columns.length === 1 ? sample.cells.map(numberOf) : [];
  return values.size > 2 && !answers.some(Number.isNaN) && answers.some(isDecimal);
}

/** Throws a config problem when given classes are not the label columns in their order. */
function checkClasses(labels: LabelCells, classes: readonly string[]): void {
  if (classes.length === 0 || classes.join("\n") === labels.columns.join("\n")) return;
  throw configProblem(
    `layout_params.classes: ${JSON.stringify(classes)}: the classes are the label columns ${
      JSON.stringify(labels.columns)
    }`,
    "Order them with layout_params.label_columns, and leave classes out",
  );
}

/**
 * Reads label cells as the target asks for; `auto` looks at them: several columns hold a class, a set, probabilities or
 * values by their numbers; one column holds values or class names.
 *
 * @throws a config problem on parameters that do not fit, a data problem on an empty cell where other rows have one label
 */
export function readLabelCells(labels: LabelCells, options: LabelOptions): LabelReader {
  const { target, sample, classes } = options, separator = options.separator ?? " ";
  if (labels.columns.length > 1) {
    checkClasses(labels, classes);
    return readNumbers(labels, { target, separator });
  }
  if (target === "value" || target === "probabilities") return readNumbers(labels, { target, separator });
  if (target === "auto" && classes.length === 0 && holdsValues(labels, sample)) {
    return readNumbers(labels, { target: "value", separator });
  }
  return readWords(labels, { ...options, target });
}
