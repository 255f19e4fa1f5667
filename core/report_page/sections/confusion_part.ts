import { type Cell, type DataTable, dataTable } from "../../report/data_table.ts";
import { heatMatrix } from "../../report/heat_matrix.ts";
import { paragraph, sideBySide } from "../../report/page.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import { type Answered, countCells, markCells } from "../statistics/class_scores.ts";
import { coErrorMatrix, confusionMatrix, type CountMatrix } from "../statistics/confusion.ts";

/** Classes of the drawn matrix, and of that in the file: those with the most errors. */
const DRAWN = 30, COUNTED = 300;
/** Pairs of the table. */
const PAIRS = 20;

/** What is said of a matrix. */
interface Words {
  readonly title: string;
  readonly about: string;
  readonly rows: string;
  readonly columns: string;
}

const ONE: Words = {
  title: "Confusion matrix",
  about: "How many images of a class (row) are answered with which class (column).",
  rows: "true class",
  columns: "answered class",
};

const SEVERAL: Words = {
  title: "Co-error matrix",
  about:
    "Off the diagonal: images in which the class of the row was missed and that of the column answered " +
    "wrongly. On it: images in which the class was answered rightly. The last row and column, without a " +
    "partner, count wrong answers where nothing was missed, and misses where nothing was answered wrongly.",
  rows: "missed class",
  columns: "wrongly answered class",
};

/** The places with the most errors, in their order in the matrix. */
function worstPlaces(matrix: CountMatrix): number[] {
  const errors = matrix.map((row, at) =>
    row.reduce((sum, count, other) => sum + (other === at ? 0 : count + matrix[other]![at]!), 0)
  );
  const occurring = [...matrix.keys()].filter((at) => errors[at]! > 0 || matrix[at]![at]! > 0);
  return occurring.sort((a, b) => errors[b]! - errors[a]! || a - b).slice(0, DRAWN).sort((a, b) => a - b);
}

/** The classes with the most errors, in their order, and the answers and labels of these alone. */
function mostErring(answered: Answered): { readonly kept: number[]; readonly of: Answered } {
  const { classes } = answered, counts = countCells(markCells(answered), classes);
  const errors = counts.hits.map((hits, label) =>
    counts.answered[label]! + counts.labelled[label]! - 2 * hits
  );
  const kept = [...errors.keys()].sort((a, b) => errors[b]! - errors[a]! || a - b).slice(0, COUNTED)
    .sort((a, b) => a - b);
  if (kept.length === classes) return { kept, of: answered };
  const rows = answered.answers.length / classes;
  const take = (values: ArrayLike<number>) =>
    Uint8Array.from(
      { length: rows * kept.length },
      (_, cell) => values[Math.floor(cell / kept.length) * classes + kept[cell % kept.length]!]!,
    );
  return {
    kept,
    of: { classes: kept.length, answers: take(answered.answers), labels: take(answered.labels) },
  };
}

function pairsTable(matrix: CountMatrix, names: readonly string[], words: Words): DataTable {
  const pairs: Cell[][] = [];
  for (const [row, counts] of matrix.entries()) {
    for (const [column, count] of counts.entries()) {
      if (row !== column && count > 0) pairs.push([names[row]!, names[column]!, count]);
    }
  }
  return {
    name: "errors",
    caption: "The commonest errors",
    columns: [{ name: words.rows }, { name: words.columns }, { name: "images" }],
    rows: pairs.sort((a, b) => Number(b[2]) - Number(a[2])).slice(0, PAIRS),
  };
}

/** The whole matrix, for its file. */
function matrixTable(matrix: CountMatrix, names: readonly string[], words: Words): DataTable {
  return {
    name: "confusion",
    caption: words.title,
    columns: [{ name: words.rows }, ...names.map((name) => ({ name }))],
    rows: matrix.map((counts, row) => [names[row]!, ...counts]),
  };
}

/** The confusion matrix; where images may have several labels, what is answered while something else is missed. */
export function confusionPart(
  { predictions, answers: given }: Assessment,
  classes: readonly string[],
): PagePart {
  const answers = given!, several = answers.chosen !== null;
  const { kept, of: answered } = mostErring({ ...predictions, answers: answers.answers });
  const shown = kept.map((label) => classes[label]!);
  const matrix = several ? coErrorMatrix(answered) : confusionMatrix(answered);
  const names = several ? [...shown, "without a partner"] : shown, words = several ? SEVERAL : ONE;
  const places = worstPlaces(matrix), pairs = pairsTable(matrix, names, words);
  const cut = places.length === DRAWN ? ` The ${DRAWN} classes with the most errors are drawn.` : "";
  const drawn = heatMatrix({
    name: `${words.title} of ${places.length} classes`,
    rowTitle: words.rows,
    columnTitle: words.columns,
    names: places.map((at) => names[at]!),
    counts: places.map((row) => places.map((column) => matrix[row]![column]!)),
  });
  return {
    id: "confusion",
    title: words.title,
    body: [
      paragraph(
        `${words.about}${cut} ${
          kept.length < classes.length
            ? `The matrix of the ${COUNTED} classes with most errors`
            : "The whole matrix"
        } is in confusion.csv.`,
      ),
      sideBySide([drawn, ...(pairs.rows.length > 0 ? [dataTable(pairs)] : [])]),
    ],
    tables: [matrixTable(matrix, names, words), ...(pairs.rows.length > 0 ? [pairs] : [])],
  };
}
