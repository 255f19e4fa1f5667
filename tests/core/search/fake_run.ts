import { join } from "@std/path";
import { SILENT, SilentOutput } from "../../../core/base/output.ts";
import { configSchema } from "../../../core/config/schema.ts";
import { searchSettings } from "../../../core/search/open_search.ts";
import type { Policy } from "../../../core/search/policy/policy.ts";
import { SearchProgress } from "../../../core/search/search_progress.ts";
import type { SearchRun, SearchSettings, TrainingJob } from "../../../core/search/search_run.ts";
import { TrialStore } from "../../../core/search/trial_store.ts";

/** Three operations whose worth a fake training knows. */
export const SPACES = ["Blur", "Rotate", "InvertImg"].map((name) => ({
  name,
  space: { limit: [5, 45], p: { choice: [0, 0.25, 0.5, 0.75] } },
}));

export function settings(changes: Partial<SearchSettings> = {}): SearchSettings {
  return searchSettings(configSchema.parse({ loss: { name: "x" }, search: changes }), SILENT);
}

/** Rotations help, inversions harm, and the seed adds its luck. */
export function fakeScore(policy: Policy, seed = 0): number {
  const worth: Record<string, number> = { Rotate: 0.02, InvertImg: -0.05 };
  const gain = policy.flat().reduce(
    (sum, [name, params]) => sum + (worth[name] ?? 0) * Number(params["p"]),
    0,
  );
  return 0.5 + gain / Math.max(1, policy.length) + 0.001 * seed;
}

/** What a test sees of a search: its folder, its lines, its trainings, what it wrote last. */
export interface FakeRun extends SearchRun {
  readonly lines: string[];
  readonly jobs: TrainingJob[];
  readonly saved: { policies: readonly Policy[] };
}

class ListOutput extends SilentOutput {
  constructor(readonly lines: string[]) {
    super();
  }
  override line(text = ""): void {
    this.lines.push(text);
  }
}

/**
 * A search whose trainings are a function from policy to score.
 *
 * @param killAfter trainings after which the process "dies": the next one throws
 */
export function fakeRun(
  folder: string,
  options: { changes?: Partial<SearchSettings>; killAfter?: number; score?: typeof fakeScore } = {},
): FakeRun {
  const lines: string[] = [], jobs: TrainingJob[] = [], saved = { policies: [] as readonly Policy[] };
  const output = new ListOutput(lines);
  const { killAfter = Infinity, score = fakeScore } = options;
  return {
    settings: settings(options.changes),
    seed: 0,
    epochs: 2,
    scoreName: "macro F1",
    failedScore: 0,
    spaces: SPACES,
    trials: new TrialStore(join(folder, "trials")),
    confirmations: new TrialStore(join(folder, "confirm")),
    output,
    progress: new SearchProgress(output),
    lines,
    jobs,
    saved,
    train: (job) => {
      if (jobs.length >= killAfter) return Promise.reject(new Error("killed"));
      jobs.push(job);
      const epochs = Array.from({ length: job.epochs }, (_, epoch) => {
        job.onEpoch();
        return score(job.policy, job.seed) - 0.1 / (epoch + 1);
      });
      return Promise.resolve({ epochs, passes: { train: 10 * job.epochs, forward: 5 * job.epochs } });
    },
    savePolicies: (policies) => {
      saved.policies = policies;
      return Promise.resolve();
    },
  };
}
