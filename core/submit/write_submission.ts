import { pathExists, writeFileAtomic } from "../base/files.ts";
import { isDataProblem } from "../base/problem.ts";
import { csvText } from "../formats/csv.ts";
import type { Answers, AnswerSheets } from "./answers.ts";
import { checkSubmission } from "./check_submission.ts";
import type { Sample } from "./sample.ts";
import type { Shape } from "./shapes/shape.ts";

/** Formats a submission: the sample's header, its Ids in its order, the Id where the sample has it. */
export function submissionText(sample: Sample, shape: Shape, answers: Answers): string {
  const idAt = Math.max(0, sample.header?.indexOf(sample.idColumn) ?? 0);
  const withId = (id: string, cells: readonly string[]) => cells.toSpliced(idAt, 0, id);
  const rows = [...answers].map(([id, answer]) => withId(id, shape.write(answer)));
  return csvText(withId(sample.idColumn, shape.columns), rows);
}

/** Whether cells are an answer of a shape. */
function isAnswer(shape: Shape, cells: readonly string[]): boolean {
  try {
    shape.read(cells);
    return true;
  } catch (error) {
    if (isDataProblem(error)) return false;
    throw error;
  }
}

/** Where the submission with known labels filled in is written. */
function leakPath(output: string): string {
  return `${output}.leak.csv`;
}

/** Removes the second file of an earlier run, which does not belong to the new submission. */
async function removeStale(path: string): Promise<void> {
  if (await pathExists(path)) await Deno.remove(path);
}

/**
 * Writes the submission and, where leak files are configured, a second one with known labels filled in:
 * `<output>.leak.csv`. Texts are compared with the sample first; where one differs, a data problem says how and nothing
 * is written.
 *
 * @param leaks whether the second one is wanted
 */
export async function writeSubmissions(
  output: string,
  { predicted, filled }: AnswerSheets,
  { sample, shape, leaks }: { readonly sample: Sample; readonly shape: Shape; readonly leaks: boolean },
): Promise<string[]> {
  const second = leaks ? [[leakPath(output), filled] as const] : [];
  const files = [[output, predicted] as const, ...second];
  const texts = files.map(([path, answers]) => [path, submissionText(sample, shape, answers)] as const);
  const expected = { columns: shape.columns, readable: (cells: string[]) => isAnswer(shape, cells) };
  for (const [, text] of texts) checkSubmission(text, sample, expected);
  if (!leaks) await removeStale(leakPath(output));
  for (const [path, text] of texts) await writeFileAtomic(path, text);
  return texts.map(([path]) => path);
}
