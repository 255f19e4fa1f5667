import { formatDuration } from "../base/duration.ts";
import { type Policy, policyName, poolPolicies } from "./policy/policy.ts";
import { rankCandidates } from "./random_search.ts";
import { isFinished, runTrial, type TrialPlan } from "./run_trial.ts";
import { deviation, mean } from "./statistics.ts";
import type { SearchRun, SearchSettings } from "./search_run.ts";
import { isScored, type Trial } from "./trial_store.ts";
import { trivialPolicy } from "./policy/trivial_policy.ts";

/** A short training has a fifth of the epochs of a full training. */
const SHORT = 5;

/** A policy that is retrained with fresh seeds. */
export interface Contender {
  readonly name: string;
  readonly policy: Policy;
  /** Content of best_policy.data if this contender is chosen; null for the baselines. */
  readonly policies: readonly Policy[] | null;
}

/** A contender with its scores, one per seed. */
export interface Confirmation {
  readonly contender: Contender;
  readonly scores: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

/** Outcome of the confirmation. */
export interface Verdict {
  /** No policy, then TrivialAugment, then the policies found. */
  readonly confirmations: readonly Confirmation[];
  /** The contender written to best_policy.data. */
  readonly chosen: Confirmation;
  /** Whether the chosen contender's mean score over seeds is at least that of no policy. */
  readonly atLeastNone: boolean;
  /** Summary in one sentence. */
  readonly sentence: string;
}

/**
 * The two baselines, all kept policies pooled (as training with best_policy.data uses them), and the best few alone.
 */
export function contenders(run: SearchRun, trials: readonly Trial[]): Contender[] {
  const ranked = rankCandidates(trials);
  const kept = ranked.slice(0, run.settings.keep).map((trial) => trial.policy);
  const single = ranked.slice(0, run.settings.confirm).map((trial) => {
    const policy = trial.policy;
    return { name: `trial ${Number(trial.id)}`, policy, policies: [policy] };
  });
  const pool = kept.length < 2
    ? []
    : [{ name: `best ${kept.length} together`, policy: poolPolicies(kept), policies: [...kept].reverse() }];
  return [
    { name: "no policy", policy: [], policies: null },
    { name: "TrivialAugment", policy: trivialPolicy(run.spaces), policies: null },
    ...pool,
    ...single,
  ];
}

/**
 * Retrains the best policies and the baselines with fresh seeds, to detect candidates that won by chance, and tells
 * whether any is at least as good as no policy. Null when `search.seeds` is 0 or no candidate has a score.
 */
export async function confirmBest(run: SearchRun, trials: readonly Trial[]): Promise<Verdict | null> {
  const rivals = contenders(run, trials);
  if (run.settings.seeds === 0 || rivals.every((rival) => rival.policies === null)) return null;
  const epochs = confirmationEpochs(run);
  run.progress.restart(0);
  await planConfirmations(run, rivals, epochs);
  const confirmations: Confirmation[] = [];
  for (const contender of rivals) {
    const scores = await trainOverSeeds(run, contender, epochs);
    confirmations.push({ contender, scores, mean: mean(scores), deviation: deviation(scores) });
  }
  return judge(confirmations, { epochs, full: run.epochs, scoreName: run.scoreName });
}

/** Epochs of a confirmation: full trainings for random search; short ones for methods that are cheaper than that. */
export function confirmationEpochs({ settings, epochs }: Pick<SearchRun, "settings" | "epochs">): number {
  const short = settings.method === "random" ? epochs : Math.ceil(epochs / SHORT);
  return Math.min(epochs, settings.confirm_epochs ?? short);
}

/** Seeds that no trial used. */
function freshSeeds(run: SearchRun): number[] {
  return Array.from({ length: run.settings.seeds }, (_, index) => run.seed + 1 + index);
}

function confirmationId(policy: Policy, seed: number): string {
  return `${policyName(policy)}.seed${seed}`;
}

function confirmationPlan(
  { policy }: Contender,
  { seed, epochs }: { readonly seed: number; readonly epochs: number },
): TrialPlan {
  return { id: confirmationId(policy, seed), policy, seed, epochs };
}

/** The most contenders that there can be, and trainings of each. */
export function confirmationSize(
  { keep, confirm, seeds }: SearchSettings,
): { contenders: number; seeds: number } {
  return { contenders: 2 + (keep < 2 ? 0 : 1) + confirm, seeds };
}

/** The training of one contender with one of the fresh seeds, both counted from 0; null where there is no such contender. */
export function plannedConfirmation(
  run: SearchRun,
  trials: readonly Trial[],
  { contender, seed }: { readonly contender: number; readonly seed: number },
): TrialPlan | null {
  const rivals = contenders(run, trials), rival = rivals[contender];
  if (rival === undefined || rivals.every(({ policies }) => policies === null)) return null;
  return confirmationPlan(rival, { seed: freshSeeds(run)[seed]!, epochs: confirmationEpochs(run) });
}

async function planConfirmations(
  run: SearchRun,
  rivals: readonly Contender[],
  epochs: number,
): Promise<void> {
  for (const { policy } of rivals) {
    for (const seed of freshSeeds(run)) {
      const known = await run.confirmations.read(confirmationId(policy, seed));
      if (!isFinished(known, epochs)) run.progress.plan(epochs);
    }
  }
}

async function trainOverSeeds(run: SearchRun, contender: Contender, epochs: number): Promise<number[]> {
  const scores: number[] = [];
  for (const seed of freshSeeds(run)) {
    const { name } = contender;
    const trial = await runTrial(run, run.confirmations, confirmationPlan(contender, { seed, epochs }));
    // A diverged training counts with the worst score instead of being left out of the mean.
    scores.push(isScored(trial) ? trial.score : run.failedScore);
    const result = isScored(trial) ? `${run.scoreName} ${trial.score.toFixed(4)}` : `failed: ${trial.error}`;
    run.progress.report(`confirm ${name}, seed ${seed}: ${result}, ${formatDuration(trial.seconds)}`);
  }
  return scores;
}

/** Settings of the confirmation trainings. */
export interface ConfirmationSettings {
  readonly epochs: number;
  /** Number of epochs of a full training. */
  readonly full: number;
  /** Name of the score, such as macro F1. */
  readonly scoreName: string;
}

/**
 * Chooses the contender with the best mean score; ties go to the earlier one, so the pool wins over a single policy.
 */
export function judge(confirmations: readonly Confirmation[], settings: ConfirmationSettings): Verdict {
  const none = confirmations[0]!;
  const found = confirmations.filter(({ contender }) => contender.policies !== null);
  const chosen = found.reduce((best, other) => (other.mean > best.mean ? other : best));
  const atLeastNone = chosen.mean >= none.mean;
  return {
    confirmations,
    chosen,
    atLeastNone,
    sentence: sayVerdict({ none, chosen, atLeastNone }, settings),
  };
}

function sayVerdict(
  { none, chosen, atLeastNone }: { none: Confirmation; chosen: Confirmation; atLeastNone: boolean },
  { epochs, full, scoreName }: ConfirmationSettings,
): string {
  const count = none.scores.length;
  const trainings = `${count} training${count === 1 ? "" : "s"} of ${epochs} epochs with fresh seeds`;
  const figures = `${scoreName} ${chosen.mean.toFixed(4)} against ${none.mean.toFixed(4)}`;
  const { name } = chosen.contender;
  if (atLeastNone) return `"${name}" is at least as good as no policy over ${trainings}: ${figures}`;
  const short = epochs < full
    ? `Short trainings favour weak augmentation: confirm over all ${full} epochs (search.confirm_epochs) before ` +
      "giving it up"
    : "Train without a policy";
  return `No policy found is as good as none over ${trainings}: the best, "${name}", has ${figures}. ${short}`;
}
