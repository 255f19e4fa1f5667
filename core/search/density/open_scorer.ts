import type { Loader } from "../../data/loader.ts";
import { targetRows } from "../../data/target_rows.ts";
import type { Example } from "../../base/example.ts";
import { Random } from "../../base/random.ts";
import { mean } from "../statistics.ts";
import type { OpenedSearch } from "../open_search.ts";
import type { Policy } from "../policy/policy.ts";
import { trialConfig } from "../train_policy.ts";
import type { PolicyScorer } from "./density_search.ts";
import { type JudgeSide, judgeSides, openJudge } from "./open_judge.ts";
import { type Match, matchPolicy, type Reference } from "./match_policy.ts";
import { guessLosses, judgeViews } from "./judge_views.ts";

/** The held-out images, the same for every candidate: all, or a random sample. */
export function heldOutImages(examples: readonly Example[], count: number, seed: number): Example[] {
  const sorted = [...examples].sort((a, b) => (a.id < b.id ? -1 : 1));
  return new Random(seed, "held out").sample(sorted, Math.min(count, sorted.length))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Data loader of the held-out images, augmented by a policy. */
async function policyLoader(
  { experiment }: OpenedSearch,
  { policy, examples }: { policy: Policy; examples: readonly Example[] },
): Promise<Loader> {
  const config = trialConfig(experiment.config, { policy, seed: experiment.config.seed });
  const batchSize = config.eval.batch_size;
  return await (await experiment.with({ config })).loader({
    examples,
    split: "train",
    batchSize,
    shuffle: false,
  });
}

async function withLoader<Result>(
  opening: Promise<Loader>,
  use: (loader: Loader) => Promise<Result>,
): Promise<Result> {
  const loader = await opening;
  try {
    return await use(loader);
  } finally {
    loader.close();
  }
}

/** One scoring network with its reference predictions on the held-out images. */
interface Examiner {
  readonly images: number;
  match(policy: Policy): Promise<Match>;
  close(): void;
}

/** Trains or resumes a network and computes its predictions on the held-out images without a policy. */
async function openExaminer(
  search: OpenedSearch,
  { side, signal }: { side: JudgeSide; signal: AbortSignal | undefined },
): Promise<Examiner> {
  const { settings, trials, seed } = search.run;
  const { target, classes: { length: classes } } = await search.experiment.layout();
  const examples = heldOutImages(side.examples.val, settings.held_out, seed);
  const index = new Map(examples.map(({ id }, place) => [id, place]));
  const pass = { draws: settings.draws, index, classes, signal, folder: trials.folder };
  const open = (policy: Policy) => policyLoader(search, { policy, examples });
  const judge = await withLoader(open([]), ({ size }) => openJudge(search, { side, size, signal }));
  const view = (policy: Policy) => withLoader(open(policy), (loader) => judgeViews(judge, loader, pass));
  const guess = guessLosses(judge.loss, targetRows(examples, { classes, target })!, classes);
  const reference: Reference = { views: await view([]), guess };
  return {
    images: examples.length,
    match: async (policy) =>
      matchPolicy(policy.length === 0 ? reference.views : await view(policy), reference),
    close: () => judge.model.dispose(),
  };
}

function meanMatch(matches: readonly Match[]): Match {
  const of = (name: keyof Match) => mean(matches.map((match) => match[name]));
  return {
    score: of("score"),
    lost: of("lost"),
    trivial: of("trivial"),
    destroyed: of("destroyed"),
    diversity: of("diversity"),
  };
}

/** Prepares the one or two scoring networks; a policy's score is the mean over them. */
export async function openScorer(
  search: OpenedSearch,
  signal: AbortSignal | undefined,
): Promise<PolicyScorer> {
  const { networks, draws } = search.run.settings;
  const examiners: Examiner[] = [];
  for (const side of judgeSides(search.examples, networks)) {
    examiners.push(await openExaminer(search, { side, signal }));
  }
  const images = examiners.reduce((sum, examiner) => sum + examiner.images, 0);
  return {
    score: async (policy) => {
      const matches: Match[] = [];
      for (const examiner of examiners) matches.push(await examiner.match(policy));
      return { match: meanMatch(matches), passes: { train: 0, forward: draws * images } };
    },
    close: () => examiners.forEach((examiner) => examiner.close()),
  };
}
