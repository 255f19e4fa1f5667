import { writeFileAtomic } from "../base/files.ts";
import type { Layout } from "../plugin/contracts.ts";
import { dataProblem } from "../base/problem.ts";
import { csvText, readCsv } from "../formats/csv.ts";
import { parseIndices } from "../layout/labels.ts";
import type { Predictions } from "../predict/predictions.ts";
import { logit } from "./thresholds/rule.ts";

const MENTIONED = 3;

/** Settings for turning probabilities into class labels. */
export interface DecisionOptions {
  readonly multiLabel: boolean;
  /** One threshold per class; multi-label data only. */
  readonly thresholds: ArrayLike<number>;
  /** Prediction when no class exceeds its threshold: the class nearest to its threshold, or none. */
  readonly empty: "nearest" | "blank";
}

/** Index of the largest value; ties go to the first. */
function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * Predicted classes of one image: those above their threshold, or the argmax for single-label data.
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

/** Predicted class indices by test Id. */
export type Answers = Map<string, readonly number[]>;

function listIds(ids: readonly string[]): string {
  const first = ids.slice(0, MENTIONED).map((id) => `"${id}"`).join(", ");
  return ids.length > MENTIONED ? `${first} and ${ids.length - MENTIONED} more` : first;
}

/**
 * Predicted classes of all test images. Throws a data problem when the Ids of the predictions differ from those that
 * the submission requires.
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

/** Statistics on known (leaked) test labels. */
export interface LeakReport {
  /** Number of test images with known labels. */
  readonly known: number;
  /** Ids whose prediction differed from the known label. */
  readonly changed: readonly string[];
  /** Ids with conflicting known labels; the last one is used. */
  readonly conflicting: readonly string[];
}

/**
 * Reads known labels of test images from files with columns Id and Target; on conflicts the last row of the last file
 * is used, as in upstream. Throws a data problem on an unknown class or an Id that is not a test image.
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

/** Replaces predictions by known labels; also returns the Ids that changed. */
export function applyLeaks(answers: Answers, known: Answers): { answers: Answers; changed: string[] } {
  const changed = [...known.keys()].filter((id) => answers.get(id)!.join() !== known.get(id)!.join()).sort();
  const filled = new Map([...answers].map(([id, labels]) => [id, known.get(id) ?? labels]));
  return { answers: filled, changed };
}

/** Formats a submission with the layout's column names, rows in the order of the sample submission. */
export function submissionText(layout: Pick<Layout, "submission">, answers: Answers): string {
  const { idColumn, predictionColumn, format } = layout.submission;
  const rows = [...answers].map(([id, labels]) => [id, format.call(layout.submission, labels)]);
  return csvText([idColumn, predictionColumn], rows);
}

/** Writes the submission and a second one with known labels filled in: `<output>.leak.csv`. */
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
