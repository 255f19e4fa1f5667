import { join } from "@std/path";
import { readTextFile } from "../base/files.ts";
import { type ClassTable, classTable, reportF1 } from "../submit/class_table.ts";
import { readDuplicates } from "../split/row_groups.ts";
import { readCsv } from "../formats/csv.ts";
import { parseIndices } from "../layout/labels.ts";
import type { Planted, PlantedPair } from "./make_demo_data.ts";

const HASHES = ["ahash", "phash"];

/** Number of planted pairs, and of those found. */
export interface Found {
  readonly found: number;
  readonly planted: number;
}

/** How many of the planted duplicates and leaks the tasks found. */
export interface Findings {
  readonly exactDuplicates: Found;
  readonly nearDuplicates: Found;
  readonly exactLeaks: Found;
  readonly nearLeaks: Found;
}

function countFound(pairs: readonly PlantedPair[], has: (ids: PlantedPair["ids"]) => boolean): Found {
  return { found: pairs.filter(({ ids }) => has(ids)).length, planted: pairs.length };
}

/** Reads planted.json, the ground truth of a demo. Throws a data problem when it is missing. */
export async function readPlanted(dir: string): Promise<Planted> {
  const text = await readTextFile(join(dir, "planted.json"), `Run "deno task make_demo_data --out ${dir}"`);
  return JSON.parse(text) as Planted;
}

/** Compares duplicates.*.csv and data_leak.*.csv of a demo with planted.json. */
export async function compareFindings(dir: string): Promise<Findings> {
  const planted = await readPlanted(dir);
  const groups =
    (await Promise.all(HASHES.map((hash) => readDuplicates(join(dir, `duplicates.${hash}.csv`))))).flat();
  const together = (ids: PlantedPair["ids"]) => groups.some((group) => ids.every((id) => group.includes(id)));
  const leaks = new Set<string>();
  for (const hash of HASHES) {
    const path = join(dir, `data_leak.${hash}.csv`);
    const rows = await readCsv(path, { columns: ["Id", "Target"], next: 'Run "deno task find_data_leak"' });
    for (const { Id } of rows) leaks.add(Id);
  }
  const leaked = (ids: PlantedPair["ids"]) => leaks.has(ids[1]);
  return {
    exactDuplicates: countFound([...planted.exact_duplicates, ...planted.conflicting_labels], together),
    nearDuplicates: countFound(planted.near_duplicates, together),
    exactLeaks: countFound(planted.exact_leaks, leaked),
    nearLeaks: countFound(planted.near_leaks, leaked),
  };
}

interface Submission {
  readonly path: string;
  readonly classes: number;
}

async function readAnswers({ path, classes }: Submission): Promise<Map<string, number[]>> {
  const rows = await readCsv(path, { columns: ["Id", "Predicted"], next: 'Run "deno task make_submission"' });
  return new Map(
    rows.map(({ Id: id, Predicted: cell }) => [id, parseIndices(cell, { where: path, classes })]),
  );
}

/**
 * Macro F1 over the occurring classes of a submission against the hidden test labels. Leaked images are excluded, since
 * their labels do not match their content.
 */
export async function scoreSubmission(planted: Planted, submission: Submission): Promise<number> {
  const answers = await readAnswers(submission);
  const leaked = new Set([...planted.exact_leaks, ...planted.near_leaks].map(({ ids }) => ids[1]));
  const ids = Object.keys(planted.test_labels).filter((id) => !leaked.has(id)).sort();
  const { classes } = submission;
  const labels = new Uint8Array(ids.length * classes);
  const probabilities = new Float64Array(ids.length * classes);
  for (const [row, id] of ids.entries()) {
    for (const label of planted.test_labels[id]!) labels[row * classes + label] = 1;
    for (const label of answers.get(id) ?? []) probabilities[row * classes + label] = 1;
  }
  const table: ClassTable = classTable({ classes, labels, probabilities });
  return reportF1(table, new Float64Array(classes).fill(0.5)).macroOccurring;
}
