import { join } from "@std/path";
import { Problem } from "../../base/problem.ts";
import { loadWeights } from "../../run_folder/checkpoint.ts";
import { bestCheckpoint, runFolder } from "../../run_folder/run_folder.ts";
import type { TrainExamples } from "../../train/types.ts";
import type { Experiment } from "../../experiment/experiment.ts";
import type { OpenedSearch } from "../open_search.ts";
import { runTrial } from "../run_trial.ts";
import { makeTrainer } from "../train_policy.ts";
import { TrialStore } from "../trial_store.ts";
import type { Judge } from "./judge_views.ts";

/** One network that scores policies, with its training examples (`train`) and its held-out examples (`val`). */
export interface JudgeSide {
  /** Id of its trial. */
  readonly id: string;
  readonly examples: TrainExamples;
}

/**
 * The networks of a search: the first is trained on the train split and scores on validation, the second vice versa.
 */
export function judgeSides({ train, val }: TrainExamples, networks: number): JudgeSide[] {
  const sides = [
    { id: "network", examples: { train, val } },
    { id: "reverse", examples: { train: val, val: train } },
  ];
  return sides.slice(0, networks);
}

/** Trial store of the scoring networks. */
export function networkStore({ config }: Experiment): TrialStore {
  return new TrialStore(join(config.train.dir, "network"));
}

/** Trains a network without a policy; resumes or skips the training if it was done before. */
async function trainNetwork(search: OpenedSearch, { side, signal }: JudgeRequest): Promise<void> {
  const { run, experiment } = search;
  const store = networkStore(experiment);
  if (await store.read(side.id) === null) {
    run.progress.plan(run.epochs);
    run.output.line(`training the network that judges policies, ${run.epochs} epochs without a policy`);
  }
  const train = makeTrainer({ experiment, examples: side.examples, signal });
  const plan = { id: side.id, policy: [], seed: run.seed, epochs: run.epochs, keepCheckpoints: true };
  const trial = await runTrial({ ...run, train }, store, plan);
  if (trial.score === null) {
    throw new Problem("failed", `Cannot judge policies: the network failed: ${trial.error}`, "Use --fresh");
  }
  run.progress.report(`${side.id}: ${run.scoreName} ${trial.score.toFixed(4)} without a policy`);
}

/** Options of {@link openJudge}. */
export interface JudgeRequest {
  readonly side: JudgeSide;
  /** Input side in pixels. */
  readonly size: number;
  readonly signal: AbortSignal | undefined;
}

/** Trains a scoring network, or resumes it, and loads its best epoch. The caller disposes the model. */
export async function openJudge(search: OpenedSearch, request: JudgeRequest): Promise<Judge> {
  await trainNetwork(search, request);
  const { experiment } = search;
  const folder = networkStore(experiment).workFolder(request.side.id);
  const checkpoint = await bestCheckpoint(runFolder(folder));
  if (!checkpoint) {
    throw new Problem(
      "data",
      `Cannot judge policies: the checkpoints in "${folder}" are gone`,
      "Start over with --fresh",
    );
  }
  const model = await experiment.model(request.size);
  await loadWeights(model, checkpoint.path);
  return { model, loss: await experiment.loss() };
}
