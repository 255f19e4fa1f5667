import { writeFileAtomic } from "../base/files.ts";
import type { Layout } from "../plugin/contracts.ts";
import { dataProblem } from "../base/problem.ts";
import { csvText, readCsv } from "../formats/csv.ts";
import { parseIndices } from "../layout/labels.ts";
import type { Predictions } from "../predict/predictions.ts";
import { logit } from "./thresholds/rule.ts";

const MENTIONED = 3;

/** How probabilities become classes. */
export interface DecisionOptions {
  readonly multiLabel: boolean;
  /** One a class; multi-label data only. */
  readonly thresholds: ArrayLike<number>;
  /** What an image above no threshold gets: the class nearest to its threshold, or none. */
  readonly empty: "nearest" | "blank";
}

/** The index of the largest value, the first of equal ones. */
function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * The classes of one picture: those above their threshold, or the most probable one for single-label data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const options = { multiLabel: true, thresholds: [0.5, 0.1], empty: "nearest" } as const;
 * assertEquals(decideClasses([0.6, 0.2], options), [0, 1]);
 * assertEquals(decideClasses([0.4, 0.01], options), [0]);
 * assertEquals(decideClasses([0.3, 0.4], { ...options, multiLabel: false }), [1]);
 * ```
 */
export function decideClasses(probabilities: ArrayLike<number>, options: DecisionOptions): number[] {
  if (!options.multiLabel) return [argmax(probabilities)];
  const all = Array.from(probabilities);
  const above = [...all.keys()].filter((c) => all[c]! > options.thresholds[c]!);
  if (above.length > 0 || options.empty === "blank") return above;
  return [argmax(all.map((probability, c) => logit(probability) - logit(options.thresholds[c]!)))];
}

/** Class indices by test Id. */
export type Answers = Map<string, readonly number[]>;

function listIds(ids: readonly string[]): string {
  const first = ids.slice(0, MENTIONED).map((id) => `"${id}"`).join(", ");
  return ids.length > MENTIONED ? `${first} and ${ids.length - MENTIONED} more` : first;
}

/**
 * The classes of every test picture. Throws a data problem when the predictions do not hold exactly the Ids that the
 * submission asks for.
 */
export function decideAll(test: Predictions, testIds: readonly string[], options: DecisionOptions): Answers {
  const wanted = new Set(testIds);
  const rows = new Map(test.ids.map((id, row) => [id, row]));
  const missing = testIds.filter((id) => !rows.has(id));
  if (missing.length > 0) {
    throw dataProblem(
      `Cannot make the submission: "${test.path}" lacks ${missing.length} of ${testIds.length} test Ids: ${
        listIds(missing)
      }`,
      'Run "deno task inference --split=test" again',
    );
  }
  const extra = test.ids.filter((id) => !wanted.has(id));
  if (extra.length > 0) {
    throw dataProblem(
      `Cannot make the submission: "${test.path}" has ${extra.length} Ids that the sample submission lacks: ${
        listIds(extra)
      }`,
      'Run "deno task inference --split=test" again on this data',
    );
  }
  const answer = (id: string) => {
    const at = rows.get(id)! * test.classes;
    return decideClasses(test.probabilities.subarray(at, at + test.classes), options);
  };
  return new Map(testIds.map((id) => [id, answer(id)]));
}

/** What filling in known labels did. */
export interface LeakReport {
  /** Test pictures whose labels are known. */
  readonly known: number;
  /** Those whose answer was another one. */
  readonly changed: readonly string[];
  /** Those that files, or rows of a file, give different labels; the last one counts. */
  readonly conflicting: readonly string[];
}

/**
 * Known labels of test pictures, from files with Id and Target; where they disagree, the last row of the last file
 * counts, as with upstream. Throws a data problem on an unknown class or an Id that is no test picture.
 */
export async function readLeaks(
  paths: readonly string[],
  { classes, testIds }: { readonly classes: number; readonly testIds: readonly string[] },
): Promise<{ readonly known: Answers; readonly conflicting: readonly string[] }> {
  const wanted = new Set(testIds);
  const known: Answers = new Map();
  const conflicting = new Set<string>();
  for (const path of paths) {
    const next = `Make it with "deno task find_data_leak", or take it off the list of leaks`;
    for (const { Id: id, Target: target } of await readCsv(path, { columns: ["Id", "Target"], next })) {
      if (!wanted.has(id)) throw dataProblem(`Cannot use "${path}": the Id "${id}" is no test image`, next);
      const labels = parseIndices(target, { where: `"${path}", Id "${id}"`, classes });
      const before = known.get(id);
      if (before && before.join() !== labels.join()) conflicting.add(id);
      known.set(id, labels);
    }
  }
  return { known, conflicting: [...conflicting].sort() };
}

/** Answers with the known labels in the place of the predicted ones, and which changed. */
export function applyLeaks(answers: Answers, known: Answers): { answers: Answers; changed: string[] } {
  const changed = [...known.keys()].filter((id) => answers.get(id)!.join() !== known.get(id)!.join()).sort();
  const filled = new Map([...answers].map(([id, labels]) => [id, known.get(id) ?? labels]));
  return { answers: filled, changed };
}

/** The text of a submission: columns as the layout names them, rows in the order of the sample submission. */
export function submissionText(layout: Pick<Layout, "submission">, answers: Answers): string {
  const { idColumn, predictionColumn, format } = layout.submission;
  const rows = [...answers].map(([id, labels]) => [id, format.call(layout.submission, labels)]);
  return csvText([idColumn, predictionColumn], rows);
}

/** Writes the submission and, beside it, the one with known labels: `<output>.leak.csv`. */
export async function writeSubmissions(
  output: string,
  layout: Pick<Layout, "submission">,
  { predicted, filled }: { readonly predicted: Answers; readonly filled: Answers },
): Promise<string[]> {
  const paths = [output, `${output}.leak.csv`];
  await writeFileAtomic(paths[0]!, submissionText(layout, predicted));
  await writeFileAtomic(paths[1]!, submissionText(layout, filled));
  return paths;
}
