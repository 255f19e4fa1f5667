import { join } from "@std/path";
import { createLoader, type Loader } from "../../data/loader.ts";
import type { Example } from "../../plugin/contracts.ts";
import { Problem } from "../../problem.ts";
import { Random } from "../../random.ts";
import { loadWeights } from "../../train/checkpoint.ts";
import { createModel } from "../../train/create_model.ts";
import { bestCheckpoint, runFolder } from "../../train/run_folder.ts";
import type { OpenedSearch, SearchOptions } from "../open_search.ts";
import type { Policy } from "../policy.ts";
import { runTrial } from "../run_trial.ts";
import { type Trial, TrialStore } from "../trial_store.ts";
import { trialConfig } from "../train_policy.ts";
import type { PolicyScorer } from "./density_search.ts";
import { matchPolicy, type Reference } from "./match.ts";
import { guessLosses, type Judge, judgeViews } from "./network.ts";

/** The store of the network that judges. */
export function networkStore(options: Pick<SearchOptions, "config">): TrialStore {
  return new TrialStore(join(options.config.train.dir, "network"));
}

const NETWORK = "network";

/** Trains the network without a policy, or finds it trained. */
async function trainNetwork({ run }: OpenedSearch, store: TrialStore): Promise<Trial> {
  const known = await store.read(NETWORK);
  if (known === null) {
    run.progress.plan(run.epochs);
    run.output.line(`training the network that judges policies, ${run.epochs} epochs without a policy`);
  }
  const plan = { id: NETWORK, policy: [], seed: run.seed, epochs: run.epochs, keepCheckpoints: true };
  const trial = await runTrial(run, store, plan);
  if (trial.score === null) {
    throw new Problem("failed", `Cannot judge policies: the network failed: ${trial.error}`, "Use --fresh");
  }
  run.progress.report(`network: macro F1 ${trial.score.toFixed(4)} without a policy`);
  return trial;
}

/** Held-out images, the same for every candidate: all, or a random part of them. */
export function heldOutImages(examples: readonly Example[], count: number, seed: number): Example[] {
  const sorted = [...examples].sort((a, b) => (a.id < b.id ? -1 : 1));
  return new Random(seed, "held out").sample(sorted, Math.min(count, sorted.length))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A loader of training views of the held-out images under a policy. */
function policyLoader(
  search: OpenedSearch,
  options: SearchOptions,
  given: { policy: Policy; examples: readonly Example[] },
): Promise<Loader> {
  const { layout } = search;
  const config = trialConfig(options.config, { policy: given.policy, seed: options.config.seed });
  return createLoader({
    examples: given.examples,
    transform: config.transform,
    split: "train",
    channels: layout.channels.length,
    classes: layout.classes.length,
    batchSize: config.eval.batch_size,
    shuffle: false,
    seed: config.seed,
    workers: config.transform.num_preprocessor,
    onBroken: config.data.on_broken,
    maxPixels: config.data.max_pixels,
    plugins: config.plugins,
    report: (message) => options.output.warn(message),
  });
}

async function openJudge(search: OpenedSearch, options: SearchOptions, size: number): Promise<Judge> {
  const { config, registry } = options;
  const { classes, channels, multiLabel } = search.layout;
  const store = networkStore(options);
  await trainNetwork(search, store);
  const model = createModel(config, registry, { classes: classes.length, channels: channels.length, size });
  const checkpoint = await bestCheckpoint(runFolder(store.workFolder(NETWORK)));
  if (!checkpoint) {
    throw new Problem(
      "data",
      `Cannot judge policies: the checkpoints in "${store.workFolder(NETWORK)}" are gone`,
      "Start over with --fresh",
    );
  }
  await loadWeights(model, checkpoint.path);
  const loss = registry.get("losses", config.loss.name)
    .create(config.loss.params, { classes: classes.length, multiLabel });
  return { model, loss };
}

/** Trains the judging network, or takes it up, and shows it the held-out images without a policy. */
export async function openScorer(search: OpenedSearch, options: SearchOptions): Promise<PolicyScorer> {
  const { settings, trials, seed } = search.run;
  const classes = search.layout.classes.length;
  const examples = heldOutImages(search.examples.val, settings.held_out, seed);
  const index = new Map(examples.map(({ id }, place) => [id, place]));
  const pass = { draws: settings.draws, index, classes, interrupt: options.interrupt, folder: trials.folder };
  const view = (judge: Judge, policy: Policy) =>
    withLoader(
      policyLoader(search, options, { policy, examples }),
      (loader) => judgeViews(judge, loader, pass),
    );
  const judge = await withLoader(
    policyLoader(search, options, { policy: [], examples }),
    (loader) => openJudge(search, options, loader.size),
  );
  const plain = await view(judge, []);
  const guess = guessLosses(judge.loss, examples.map(({ labels }) => labels ?? []), classes);
  const reference: Reference = { views: plain, guess };
  const passes = { train: 0, forward: settings.draws * examples.length };
  return {
    score: async (policy) => ({
      match: matchPolicy(policy.length === 0 ? plain : await view(judge, policy), reference),
      passes,
    }),
    close: () => judge.model.dispose(),
  };
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
