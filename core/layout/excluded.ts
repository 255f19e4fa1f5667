import type { Example } from "../base/example.ts";
import { dataProblem, nearestName } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import { readCsv } from "../formats/csv.ts";
import type { Layout } from "../plugin/contracts.ts";

/** The first Id in question with the nearest known one, then others. */
function shownUnknown(unknown: readonly string[], known: readonly string[]): string {
  const [first] = unknown as [string], nearest = nearestName(first, known);
  const hint = nearest === undefined ? "" : ` (did you mean ${quoted(nearest)}?)`;
  return firstFew(unknown.map((id) => quoted(id) + (id === first ? hint : "")));
}

/** The Ids of a file. Throws a data problem on those that no label file has. */
async function readExcluded(path: string, layout: Layout): Promise<ReadonlySet<string>> {
  const next =
    "Name a CSV file with a column Id by data.exclude, such as data/label_issues.csv, or set it to null";
  const ids = new Set((await readCsv(path, { columns: ["Id"], next })).map((row) => row.Id));
  const known = new Set((await layout.readLabels()).map(({ id }) => id));
  const unknown = [...ids].filter((id) => !known.has(id));
  if (unknown.length === 0) return ids;
  throw dataProblem(
    `Cannot leave out what data.exclude "${path}" names: ${unknown.length} of ${ids.size} Ids are in none of the label ` +
      `files: ${shownUnknown(unknown, [...known])}`,
    "Correct or remove these rows; data.exclude leaves labelled images out of training",
  );
}

/**
 * Examples of training without those that a CSV file names in its column Id. Rows that are labelled but not among the
 * examples, such as a fold's validation rows, are passed over, so that all folds may use one file.
 *
 * @throws a data problem on a missing file or column, Ids that no label file has, and when nothing is left
 */
export async function withoutExcluded(
  examples: readonly Example[],
  { path, layout }: { readonly path: string; readonly layout: Layout },
): Promise<Example[]> {
  const excluded = await readExcluded(path, layout);
  const kept = examples.filter(({ id }) => !excluded.has(id));
  if (kept.length > 0) return kept;
  throw dataProblem(
    `Cannot train: data.exclude "${path}" leaves out all ${examples.length} images of the train split: ${
      firstFew(examples.map(({ id }) => quoted(id)))
    }`,
    "Remove rows from the file, or set data.exclude to null",
  );
}
