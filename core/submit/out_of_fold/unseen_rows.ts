import { basename, join } from "@std/path";
import type { Split } from "../../base/example.ts";
import { pathExists } from "../../base/files.ts";
import { dataProblem, type Problem } from "../../base/problem.ts";
import { firstFew, quoted } from "../../base/quoted.ts";
import { readFile } from "../../base/read_file.ts";
import { sha256 } from "../../base/sha256.ts";
import { readCsv } from "../../formats/csv.ts";
import type { TrainedSplit } from "../../layout/trained_split.ts";
import type { Predictions } from "../../predictions/predictions.ts";
import { readProvenance } from "../../predictions/provenance.ts";

/** A split file as it is now. */
export interface SplitRoles {
  readonly path: string;
  readonly sha256: string;
  /** Value of the column Split by Id. */
  readonly roles: ReadonlyMap<string, string>;
}

async function readRoles(path: string): Promise<SplitRoles> {
  const next = `Restore the split file that trained the model, or run stratified_split and train again`;
  const rows = await readCsv(path, { columns: ["Id", "Split"], next });
  const roles = new Map(rows.map((row) => [row.Id, row.Split]));
  return { path, sha256: sha256(await readFile(path, "table")), roles };
}

/** Split files by path, each read once. */
export class SplitFiles {
  readonly #files = new Map<string, Promise<SplitRoles>>();

  /** @param dir the data folder, where a file is looked for that is not where it was when it was recorded */
  constructor(readonly dir: string) {}

  async open({ path: recorded }: TrainedSplit): Promise<SplitRoles> {
    const path = await pathExists(recorded) ? recorded : join(this.dir, basename(recorded));
    const file = this.#files.get(path) ?? readRoles(path);
    this.#files.set(path, file);
    return await file;
  }
}

function listed(ids: readonly string[]): string {
  return firstFew(ids.map(quoted));
}

function unknownProblem({ path, ids }: Predictions): Problem {
  return dataProblem(
    `Cannot use "${path}" out of fold: it does not tell which split trained its model, which may have seen the Id ${
      quoted(ids[0] ?? "")
    }`,
    "Train and predict with this version and a dataset that names its split file; or list predictions of test_val " +
      "under test_val",
  );
}

function wrongSplitProblem({ path, ids }: Predictions, found: string, wanted: Split): Problem {
  return dataProblem(
    `Cannot use "${path}" out of fold: it holds predictions of ${
      quoted(found)
    }, not of ${wanted}, such as the Id ${quoted(ids[0] ?? "")}`,
    `Predict with "deno task inference CONFIG --split=${wanted}"`,
  );
}

/** The rows that the model may have seen: those that are trained on now, else any. */
function changedProblem({ path, ids }: Predictions, { trained }: TrainedSplit, split: SplitRoles): Problem {
  const now = ids.filter((id) => split.roles.get(id) === trained);
  return dataProblem(
    `Cannot use "${path}" out of fold: "${split.path}" has changed since its model was trained, which may have seen ` +
      `the Ids ${listed(now.length > 0 ? now : ids)}`,
    "Restore the split file, or train this fold again with --fresh and predict again",
  );
}

/** Throws a data problem where the model was trained on a row, or where its split does not know a row. */
function checkRows({ path, ids }: Predictions, { trained }: TrainedSplit, split: SplitRoles): void {
  const seen = ids.filter((id) => split.roles.get(id) === trained);
  if (seen.length > 0) {
    throw dataProblem(
      `Cannot use "${path}" out of fold: its model was trained on ${seen.length} of its ${ids.length} images, the ` +
        `Ids ${listed(seen)} ("${trained}" in "${split.path}")`,
      "Predict them with the model of the fold that leaves them out",
    );
  }
  const strange = ids.filter((id) => !split.roles.has(id));
  if (strange.length === 0) return;
  throw dataProblem(
    `Cannot use "${path}" out of fold: the split that trained its model, "${split.path}", lacks the Ids ${
      listed(strange)
    }`,
    "Run stratified_split again, train and predict again",
  );
}

/**
 * Throws a data problem that names rows unless the model of a prediction file surely never saw them, by the split that
 * its checkpoint recorded: a file without that record, of another part of the split, a split that has changed since,
 * and a row that was trained on.
 *
 * @param wanted the part of the split that the file must hold
 * @returns the split that trained the model
 */
export async function checkUnseen(
  predictions: Predictions,
  wanted: Split,
  files: SplitFiles,
): Promise<SplitRoles> {
  const made = await readProvenance(predictions.path);
  if (made === null || made.split_file === null) throw unknownProblem(predictions);
  if (made.split !== wanted) throw wrongSplitProblem(predictions, made.split, wanted);
  const split = await files.open(made.split_file);
  if (split.sha256 !== made.split_file.sha256) throw changedProblem(predictions, made.split_file, split);
  checkRows(predictions, made.split_file, split);
  return split;
}
