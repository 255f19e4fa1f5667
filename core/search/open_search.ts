import { join } from "@std/path";
import type { Output } from "../base/output.ts";
import { openExperiment, startBackend } from "../experiment/experiment.ts";
import { type Config, configSchema } from "../config/schema.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Interrupt } from "../train/interrupt.ts";
import { checkWritable } from "../train/plan.ts";
import type { TrainExamples } from "../train/types.ts";
import { writePolicyFile } from "./policy/policy_file.ts";
import { SearchProgress } from "./progress.ts";
import { checkSearchRecord, clearSearch } from "./search_record.ts";
import type { SearchRun, SearchSettings } from "./search_run.ts";
import { operationSpaces } from "./policy/space.ts";
import { checkPolicyTransform, makeTrainer } from "./train_policy.ts";
import { TrialStore } from "./trial_store.ts";

/** What a search is started with. */
export interface SearchOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly output: Output;
  /** Forget what an earlier run left. */
  readonly fresh: boolean;
  /** How best_policy.data is written: JSON, or upstream's Python literal. */
  readonly format?: "json" | "python";
  /** Run this trial again and nothing else. */
  readonly trial?: number;
  readonly interrupt?: Interrupt;
}

/** A search that may begin, with the data it works on. */
export interface OpenedSearch {
  readonly run: SearchRun;
  readonly layout: Layout;
  readonly examples: TrainExamples;
  /** The policy file. */
  readonly policyPath: string;
  readonly pagePath: string;
}

/** The `search` section, with defaults where a config such as upstream's search.yml has none. */
export function searchSettings(config: Config): SearchSettings {
  return config.search ?? configSchema.shape.search.parse({})!;
}

/** Opens data, backend and folder of a search. Throws before anything is written when they do not fit. */
export async function openSearch(options: SearchOptions): Promise<OpenedSearch> {
  const { config, registry, output, interrupt, format = "json" } = options;
  const { dir } = config.train;
  const settings = searchSettings(config);
  checkPolicyTransform(config, registry);
  const spaces = operationSpaces(registry, settings);
  const { layout, dataset } = await openExperiment(config, registry);
  const examples = { train: await dataset.examples("train"), val: await dataset.examples("val") };
  output.line(await startBackend(registry, config.backend, { threads: config.threads }));
  await checkWritable(dir);
  if (options.fresh) await clearSearch(dir);
  await checkSearchRecord(dir, config, { settings, spaces });
  const policyPath = join(dir, "best_policy.data");
  const run: SearchRun = {
    settings,
    seed: config.seed,
    epochs: config.train.num_epochs,
    spaces,
    train: makeTrainer({ config, registry, layout, examples, output, interrupt }),
    trials: new TrialStore(join(dir, "trials")),
    confirmations: new TrialStore(join(dir, "confirm")),
    output,
    progress: new SearchProgress(output),
    savePolicies: (policies) => writePolicyFile(policyPath, policies, { format }),
  };
  return { run, layout, examples, policyPath, pagePath: join(dir, "search.html") };
}
