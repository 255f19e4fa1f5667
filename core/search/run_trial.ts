import { Problem } from "../base/problem.ts";
import type { Policy } from "./policy/policy.ts";
import { bestMovingAverage } from "./statistics.ts";
import type { SearchRun } from "./search_run.ts";
import type { Trial, TrialStore } from "./trial_store.ts";

/** Policy, seed and epochs of a trial. */
export interface TrialPlan {
  readonly id: string;
  readonly policy: Policy;
  readonly seed: number;
  /** Train up to this epoch; a trial that was trained further is left unchanged. */
  readonly epochs: number;
  /** Keep the checkpoints, so that the trial can be trained further. */
  readonly keepCheckpoints?: boolean;
}

/** A new, unstarted trial. */
export function newTrial(plan: Pick<TrialPlan, "id" | "policy" | "seed">): Trial {
  return {
    id: plan.id,
    policy: plan.policy.map((operations) => operations.map(([name, params]) => [name, { ...params }])),
    seed: plan.seed,
    status: "running",
    score: null,
    epochs: [],
    measures: {},
    seconds: 0,
    passes: { train: 0, forward: 0 },
    time: new Date().toISOString(),
    error: null,
  };
}

/** Whether a stored trial needs no further training. */
export function isFinished(trial: Trial | null, epochs: number): boolean {
  return trial !== null &&
    (trial.status === "failed" || trial.status === "done" && trial.epochs.length >= epochs);
}

/**
 * Trains a trial and stores it, or returns the stored trial if it is finished. A killed trial resumes from its
 * checkpoint. A training that fails (diverges, runs out of memory) is stored as failed and the search continues; config
 * errors, data errors and interruptions are thrown.
 */
export async function runTrial(run: SearchRun, store: TrialStore, plan: TrialPlan): Promise<Trial> {
  const known = await store.read(plan.id);
  if (known !== null && isFinished(known, plan.epochs)) return known;
  const trial = known ?? newTrial(plan);
  if (known === null) await store.write(trial);
  const start = performance.now();
  const changes = await trainOrFail(run, store, plan);
  const seconds = trial.seconds + (performance.now() - start) / 1000;
  const finished: Trial = { ...trial, ...changes, seconds: Number(seconds.toFixed(3)) };
  await store.write(finished);
  if (!plan.keepCheckpoints) await store.clean(plan.id);
  return finished;
}

async function trainOrFail(run: SearchRun, store: TrialStore, plan: TrialPlan): Promise<Partial<Trial>> {
  try {
    const { policy, seed, epochs } = plan;
    const folder = store.workFolder(plan.id);
    const outcome = await run.train({ policy, seed, epochs, folder, onEpoch: () => run.progress.tick() });
    const score = bestMovingAverage(outcome.epochs, run.settings.average);
    return { status: "done", score, epochs: [...outcome.epochs], passes: { ...outcome.passes } };
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== "failed") throw error;
    return { status: "failed", error: error.message };
  }
}
