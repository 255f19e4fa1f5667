/**
 * Where a unit works: in the project folder (the working folder), at the paths that the single-machine tasks use, which is
 * why its bytes are theirs. Units of a plan write different files, so that workers on one machine may share the folder;
 * {@link ResumePoint} and results go to the store, so that they need not. The data folder must be on every machine.
 * A folder is for one plan at a time.
 *
 * @module
 */
import { normalize } from "@std/path";
import { SILENT } from "../base/output.ts";
import { Problem } from "../base/problem.ts";
import type { Store } from "../store/store.ts";
import { ProgressOutput } from "./progress_output.ts";
import { removeResumePoint, ResumePoint } from "./resume_point.ts";
import { type Attempt, readResult, storeFailure, storeResult } from "./results.ts";
import { ownRun } from "./run_owner.ts";
import type { RunUnitOptions, Unit, UnitResult } from "./unit.ts";
import { checkInputs, placeOutputs } from "./unit_files.ts";
import { checkUnitId } from "./unit_id.ts";
import { readTask } from "./unit_task.ts";
import { checkpointOf, doWork } from "./unit_work.ts";

/** `train.dir` of a unit's config. */
function runDir(config: Readonly<Record<string, unknown>>): string {
  return normalize((config.train as { dir: string }).dir);
}

/** The folders of trained runs that a unit reads or writes, with the units that train them. */
function runsOf(unit: Unit): { readonly dir: string; readonly run: string }[] {
  if (unit.kind === "train") return [{ dir: runDir(readTask(unit, "train").config), run: unit.id }];
  if (unit.kind === "report") {
    return readTask(unit, "report").experiments.map(({ config, run }) => ({ dir: runDir(config), run }));
  }
  if (unit.kind !== "swa" && unit.kind !== "inference") return [];
  const { config, run } = readTask(unit, unit.kind);
  return [{ dir: runDir(config), run }];
}

/** Which files of the units that it needs a unit reads: to predict, one checkpoint of a run's many. */
function wantedBy(unit: Unit, needs: readonly UnitResult[]): (path: string) => boolean {
  if (unit.kind === "swa") {
    // A greedy average begins with the best epoch.
    const unread = readTask(unit, "swa").greedy
      ? /\/resume\.safetensors$/
      : /\/(best_\d+|resume)\.safetensors$/;
    return (path) => !unread.test(path);
  }
  if (unit.kind !== "inference") return () => true;
  const checkpoint = checkpointOf(needs), dir = `${runDir(readTask(unit, "inference").config)}/`;
  return (path) => path === checkpoint || !path.startsWith(dir);
}

/** Results of the units that a unit needs. Throws a problem (failed) where some have none yet. */
async function neededResults(store: Store, { needs, title }: Unit): Promise<UnitResult[]> {
  const results: UnitResult[] = [], missing: string[] = [];
  for (const id of needs) {
    const result = await readResult(store, id);
    if (result === null) missing.push(id);
    else results.push(result);
  }
  if (missing.length === 0) return results;
  throw new Problem(
    "failed",
    `Cannot run "${title}" yet: ${store.address} has no result of ${missing.join(", ")}`,
    "Run these units first, or wait for them with --wait",
  );
}

/** Brings everything in place that a unit reads. */
async function prepare(unit: Unit, store: Store, needs: readonly UnitResult[]): Promise<void> {
  checkUnitId(unit);
  await checkInputs(unit);
  for (const { dir, run } of runsOf(unit)) await ownRun(dir, run);
  const wanted = wantedBy(unit, needs);
  for (const result of needs) await placeOutputs(store, result, wanted);
}

/**
 * Puts what a unit made, wherever it ran, at its place in the project.
 *
 * @returns its result; null where it has none yet
 * @throws a config problem where that would mix with a run of the train task; a data problem where the store is damaged
 */
export async function fetchUnit(unit: Unit, store: Store): Promise<UnitResult | null> {
  const result = await readResult(store, unit.id);
  if (result === null) return null;
  for (const { dir, run } of runsOf(unit)) await ownRun(dir, run);
  await placeOutputs(store, result);
  return result;
}

/** Takes up a unit's resume point; returns what stores the next one. */
async function takeUp({ id }: Unit, store: Store, roots: readonly string[]): Promise<() => Promise<void>> {
  const point = new ResumePoint(store, id, roots);
  await point.restore();
  return () => point.save();
}

async function runAttempt(
  unit: Unit,
  { store, signal, onProgress, output = SILENT }: RunUnitOptions,
  { needs, ...attempt }: Attempt & { readonly needs: readonly UnitResult[] },
): Promise<UnitResult> {
  await prepare(unit, store, needs);
  const paths = await doWork(unit, {
    needs,
    resumeAt: (roots) => takeUp(unit, store, roots),
    output: new ProgressOutput(output, onProgress),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const result = await storeResult(store, unit, { paths, ...attempt });
  await removeResumePoint(store, unit.id);
  return result;
}

/**
 * Runs a unit, unless it has a result: fetches what it needs, takes up its resume point, does its work with the functions
 * that the tasks call, and stores what it made. The first result counts, whoever runs it again.
 *
 * @returns the unit's result, which is another worker's where that one was faster
 * @throws a problem (failed) where a unit that it needs has no result yet; a config problem where another version made the
 * plan; a data problem on inputs that are not those that were planned with; "interrupted" when aborted, its resume point
 * stored; else what the task throws. All but the first and interruptions are written to `units/<id>/failed.json`.
 */
export async function runUnit(unit: Unit, options: RunUnitOptions): Promise<UnitResult> {
  const { store, attempt = 1, output = SILENT } = options;
  const known = await readResult(store, unit.id);
  if (known !== null) return known;
  const needs = await neededResults(store, unit);
  try {
    return await runAttempt(unit, options, { needs, started: new Date(), attempt });
  } catch (error) {
    await storeFailure(store, unit, { error, attempt }).catch((reason) =>
      output.warn(`others are not told why "${unit.title}" has failed: ${(reason as Error).message}`)
    );
    throw error;
  }
}
