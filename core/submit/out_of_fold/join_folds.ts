import { dataProblem } from "../../base/problem.ts";
import { firstFew, quoted } from "../../base/quoted.ts";
import type { Predictions } from "../../predictions/predictions.ts";
import { checkSameIds } from "../average_predictions.ts";
import { type FoldReading, onMergedScale, readSorted, takeRows } from "./fold_merge.ts";
import type { OutOfFoldModel } from "./model_files.ts";
import { checkUnseen, type SplitFiles, type SplitRoles } from "./unseen_rows.ts";

/** The labelled rows of a model, each predicted by a fold that did not train on it. */
export interface JoinedFolds extends Predictions {
  readonly labels: Uint8Array | Float32Array;
  /** Fold of each row; those of test_val count as one more. */
  readonly folds: Int32Array;
  /** Ids of the folds' own rows that their files lack: images that inference could not read. */
  readonly leftOut: readonly string[];
}

/** Rows of a file that are joined. */
interface Part {
  readonly predictions: Predictions;
  readonly split: SplitRoles;
  readonly fold: number;
  /** File that it comes from, and the part of the split that it holds. */
  readonly path: string;
  readonly wanted: "val" | "test_val";
}

/** What the folds of all models are joined with. */
export interface FoldJoining extends FoldReading {
  readonly splits: SplitFiles;
}

async function readPart(
  path: string,
  { wanted, fold }: Pick<Part, "wanted" | "fold">,
  reading: FoldJoining,
): Promise<Part> {
  const read = await readSorted(path, reading);
  if (read.labels === null) {
    throw dataProblem(
      `Cannot use "${path}" out of fold: it has no labels (columns L00, L01 ..)`,
      `Predict with "deno task inference CONFIG --split=${wanted}"`,
    );
  }
  const split = await checkUnseen(read, wanted, reading.splits);
  return { predictions: onMergedScale(read, reading), split, fold, path, wanted };
}

/** Of test_val, which every fold predicts, the folds take the rows in turns: each is predicted by one model, as others are. */
function takeTurns(parts: readonly Part[]): Part[] {
  const [first, ...others] = parts;
  for (const other of others) checkSameIds(first!.predictions, other.predictions);
  return parts.map((part, turn) => {
    const rows = [...part.predictions.ids.keys()].filter((row) => row % parts.length === turn);
    return { ...part, predictions: takeRows(part.predictions, rows) };
  });
}

async function readParts({ val, testVal }: OutOfFoldModel, reading: FoldJoining): Promise<Part[]> {
  const own: Part[] = [], unseen: Part[] = [];
  for (const [fold, path] of val.entries()) own.push(await readPart(path, { wanted: "val", fold }, reading));
  for (const path of testVal) {
    unseen.push(await readPart(path, { wanted: "test_val", fold: val.length }, reading));
  }
  return [...own, ...takeTurns(unseen)];
}

/** A row of a part. */
interface Place {
  readonly part: Part;
  readonly row: number;
  readonly id: string;
}

function sortedPlaces(parts: readonly Part[]): Place[] {
  const places = parts.flatMap((part) => part.predictions.ids.map((id, row) => ({ part, row, id })));
  return places.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function checkOnce(name: string, places: readonly Place[]): void {
  const twice = places.flatMap(({ id, part }, at) => {
    const before = places[at - 1];
    return before?.id === id ? [`${quoted(id)} (${before.part.path} and ${part.path})`] : [];
  });
  if (twice.length === 0) return;
  throw dataProblem(
    `Cannot join the folds of "${name}": ${twice.length} Ids are there twice: ${firstFew(twice)}`,
    "List each fold once; folds of one split have no Id in common",
  );
}

/** Throws a data problem where a fold is missing; the Ids of the folds' own rows that their files lack. */
function findLeftOut(name: string, parts: readonly Part[], places: readonly Place[]): string[] {
  const found = new Set(places.map(({ id }) => id));
  const asked = new Set<string>(parts.map(({ wanted }) => wanted));
  const leftOut = new Set<string>(), trained = new Set<string>();
  for (const { roles } of new Set(parts.map(({ split }) => split))) {
    for (const [id, role] of roles) {
      if (found.has(id)) continue;
      if (asked.has(role)) leftOut.add(id);
      else if (role === "train") trained.add(id);
    }
  }
  const missing = [...trained].filter((id) => !leftOut.has(id)).sort();
  if (missing.length === 0) return [...leftOut].sort();
  throw dataProblem(
    `Cannot join the folds of "${name}": a fold is missing, ${missing.length} labelled Ids are in none of its files: ${
      firstFew(missing.map(quoted))
    }`,
    "List the file, or the config, of every fold of the split",
  );
}

/** One matrix of all places. */
function gather(name: string, places: readonly Place[]): Omit<JoinedFolds, "leftOut"> {
  const { classes, labels: kind } = places[0]!.part.predictions;
  const probabilities = new Float64Array(places.length * classes);
  const labels = new (kind instanceof Uint8Array ? Uint8Array : Float32Array)(probabilities.length);
  for (const [at, { part: { predictions }, row }] of places.entries()) {
    const [from, to] = [row * classes, (row + 1) * classes];
    probabilities.set(predictions.probabilities.subarray(from, to), at * classes);
    labels.set(predictions.labels!.subarray(from, to), at * classes);
  }
  const folds = Int32Array.from(places, ({ part }) => part.fold);
  return { path: name, ids: places.map(({ id }) => id), classes, labels, probabilities, folds };
}

/**
 * Joins the folds of a model: each labelled Id once, sorted, from a fold that did not train on it.
 *
 * @throws Problem (data) that names the Ids when a file's model saw its rows or may have, when an Id is there twice, and
 * when a fold is missing
 */
export async function joinFolds(model: OutOfFoldModel, reading: FoldJoining): Promise<JoinedFolds> {
  const parts = await readParts(model, reading);
  const places = sortedPlaces(parts);
  checkOnce(model.name, places);
  const leftOut = findLeftOut(model.name, parts, places);
  return { ...gather(model.name, places), leftOut };
}
