import { join } from "@std/path";
import { checkUnique, dataProblem, pathExists, readCsvTable } from "../../plugin.ts";
import { firstThere } from "./_usual_names.ts";

/** Usual names of the sample submission. */
const SAMPLES: readonly string[] = [
  "sample_submission.csv",
  "sampleSubmission.csv",
  "SampleSubmission.csv",
  "sample_submission_v2.csv",
  "sample_submission_stage_1.csv",
  "kaggle_sample_submission.csv",
];

/** Path of the sample submission: the named one, the first usual one that is there, or the usual name. */
export async function samplePath(dir: string, named: string | null): Promise<string> {
  return join(dir, named ?? await firstThere(dir, SAMPLES) ?? SAMPLES[0]!);
}

/** What a sample submission says of the test images and of the predictions. */
export interface Sample {
  readonly path: string;
  readonly idColumn: string;
  /** Columns of the predictions. */
  readonly columns: readonly string[];
  readonly ids: readonly string[];
  /** Cells of the first column of predictions. */
  readonly cells: readonly string[];
}

const NEXT = "Name the file that lists the test Ids with data.layout_params.sample_submission";

/** Reads a sample submission; null when there is no such file. */
export async function readSample(path: string): Promise<Sample | null> {
  if (!(await pathExists(path))) return null;
  const { header, rows } = await readCsvTable(path, { columns: [], next: NEXT });
  return {
    path,
    idColumn: header[0]!,
    columns: header.slice(1),
    ids: rows.map((row) => row[0]!),
    cells: header.length > 1 ? rows.map((row) => row[1]!) : [],
  };
}

/** The Ids of a sample submission, each once. Throws a data problem when the file is missing or repeats an Id. */
export function sampleIds(sample: Sample | null, path: string): readonly string[] {
  if (sample === null) throw dataProblem(`Cannot read "${path}": there is no such file`, NEXT);
  checkUnique(sample.ids, path);
  return sample.ids;
}
