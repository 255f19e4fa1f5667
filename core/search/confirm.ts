import { formatDuration } from "../base/duration.ts";
import { type Policy, policyName, poolPolicies } from "./policy/policy.ts";
import { rankCandidates } from "./random_search.ts";
import { isFinished, runTrial } from "./run_trial.ts";
import { deviation, mean } from "./score.ts";
import type { SearchRun } from "./search_run.ts";
import { isScored, type Trial } from "./trial_store.ts";
import { trivialPolicy } from "./policy/trivial.ts";

/** A short training has the epochs of a full one divided by this. */
const SHORT = 5;

/** A policy that is trained again with fresh seeds. */
export interface Contender {
  readonly name: string;
  readonly policy: Policy;
  /** What best_policy.data would hold if this one is chosen; null for the baselines. */
  readonly policies: readonly Policy[] | null;
}

/** A contender with its scores, one per seed. */
export interface Confirmation {
  readonly contender: Contender;
  readonly scores: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

/** How the search ended. */
export interface Verdict {
  /** No policy first, then TrivialAugment, then the policies found. */
  readonly confirmations: readonly Confirmation[];
  /** What best_policy.data holds. */
  readonly chosen: Confirmation;
  /** Whether the chosen one scores at least as well as no policy, by the mean over seeds. */
  readonly atLeastNone: boolean;
  /** One sentence for people. */
  readonly sentence: string;
}

/** The two baselines, the pool that training with best_policy.data uses, and the best few one by one. */
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
 * Trains the best few and the baselines with fresh seeds, so that a candidate which won by luck of its seed is found
 * out, and says whether any is at least as good as no policy. Null when `search.seeds` is 0 or nothing was found.
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

/** Full trainings where every candidate had one; short ones where that would cost more than the search itself. */
export function confirmationEpochs({ settings, epochs }: Pick<SearchRun, "settings" | "epochs">): number {
  const short = settings.method === "random" ? epochs : Math.ceil(epochs / SHORT);
  return Math.min(epochs, settings.confirm_epochs ?? short);
}

/** Seeds no trial was scored with. */
function freshSeeds(run: SearchRun): number[] {
  return Array.from({ length: run.settings.seeds }, (_, index) => run.seed + 1 + index);
}

function confirmationId(policy: Policy, seed: number): string {
  return `${policyName(policy)}.seed${seed}`;
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
    const { policy, name } = contender;
    const plan = { id: confirmationId(policy, seed), policy, seed, epochs };
    const trial = await runTrial(run, run.confirmations, plan);
    // A training that diverged counts as worth nothing rather than being left out of the mean.
    scores.push(isScored(trial) ? trial.score : run.failedScore);
    const result = isScored(trial) ? `${run.scoreName} ${trial.score.toFixed(4)}` : `failed: ${trial.error}`;
    run.progress.report(`confirm ${name}, seed ${seed}: ${result}, ${formatDuration(trial.seconds)}`);
  }
  return scores;
}

/** What the confirming trainings were. */
export interface ConfirmationSettings {
  readonly epochs: number;
  /** Epochs of a full training. */
  readonly full: number;
  /** What their score is, such as macro F1. */
  readonly scoreName: string;
}

/** Chooses the policy with the best mean; of equals the earlier, so the pool goes before a single policy. */
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
