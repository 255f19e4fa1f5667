import { shortChoice } from "../config/plugin_choice.ts";
import type { Config } from "../config/schema.ts";
import type { Json } from "../base/json.ts";
import { configProblem } from "../base/problem.ts";

/** Default of `train.metric`; left out of saved configs so that runs from before the key existed resume unchanged. */
const FIRST_METRIC = "macro_f1";

/** The data section without what does not matter, nor what has its first value: runs from before a key resume unchanged. */
function decisiveData(
  { cache: _cache, depth, decoders, exclude, targets, target_share, ...source }: Config["data"],
): object {
  const decoding = Object.keys(decoders).length === 0 ? {} : { decoders };
  const soft = targets === null ? {} : { targets, target_share };
  return {
    ...source,
    ...(depth === 8 ? {} : { depth }),
    ...decoding,
    ...(exclude === null ? {} : { exclude }),
    ...soft,
  };
}

/** Keys of the train section that came later, with their defaults; left out of saved configs as above. */
const LATER_TRAINING: Partial<Config["train"]> = {
  mix_prob: 1,
  mix_switch_prob: 0.5,
  mix_off_epoch: null,
  layer_decay: 1,
  precision: "float32",
};

/** The train section without what does not matter, nor what has its first value. */
function decisiveTraining(
  { dir: _dir, recorded: _recorded, metric: choice, ...others }: Config["train"],
): object {
  const metric = shortChoice(choice);
  const kept = Object.entries(others).filter(([key, value]) =>
    value !== LATER_TRAINING[key as keyof Config["train"]]
  );
  return { ...Object.fromEntries(kept), ...(metric === FIRST_METRIC ? {} : { metric }) };
}

/** The part of a config that affects the weights or the choice of the best epoch. */
export function decisiveConfig(config: Config): Json {
  const { data, model, train, optimizer, scheduler, transform, loss, seed } = config;
  const { num_preprocessor: _workers, ...view } = transform;
  const parts = {
    data: decisiveData(data),
    model,
    train: decisiveTraining(train),
    optimizer,
    scheduler,
    transform: view,
    loss,
    seed,
  };
  return JSON.parse(JSON.stringify(parts)) as Json;
}

/** A changed config key. */
export interface ConfigChange {
  readonly key: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The key paths in which two configs differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const changes = configChanges({ model: { name: "a" }, seed: 0 }, { model: { name: "b" }, seed: 0 });
 * assertEquals(changes, [{ key: "model.name", before: "a", after: "b" }]);
 * ```
 */
export function configChanges(before: Json | undefined, after: Json | undefined): ConfigChange[] {
  if (!isTree(before) || !isTree(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key: "", before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((name) =>
    configChanges(before[name], after[name]).map((change) => ({
      ...change,
      key: change.key ? `${name}.${change.key}` : name,
    }))
  );
}

/** A value of a changed key for a message; a key that is left out has its default. */
export function shownValue(value: Json | undefined): string {
  return value === undefined ? "the default" : JSON.stringify(value);
}

/** Keys that must not change between a checkpoint and its resume. */
const BINDING = /^(model|optimizer\.name|train\.ema|train\.metric|train\.precision)\b/;
/** Keys that affect the order of batches; must not change in the middle of an epoch. */
const POSITION = /^(data|target_files|seed|train\.batch_size|train\.num_grad_acc|train\.sampling)\b/;

/** Keys that affect only how long or how a run computes, not its results. */
const HARMLESS = /^train\.(early_stopping|recompute|recorded)$/;

/** The checkpoint that a run resumes from. */
export interface ResumePlace {
  readonly file: string;
  /** Whether the checkpoint was saved in the middle of an epoch, where the order of images must not change. */
  readonly insideEpoch: boolean;
  /** Whether the schedule depends on `train.num_epochs`; otherwise changing that key is harmless. */
  readonly rateNeedsEpochs: boolean;
}

/**
 * Compares a checkpoint's config with the config of the resumed run. Throws a config problem on incompatible changes;
 * returns the other changes as lines to print.
 */
export function checkConfigChanges(
  before: Json,
  after: Json,
  { file, insideEpoch, rateNeedsEpochs }: ResumePlace,
): string[] {
  const changes = configChanges(before, after).filter(({ key }) =>
    !HARMLESS.test(key) && (rateNeedsEpochs || key !== "train.num_epochs")
  );
  const describe = ({ key, before, after }: ConfigChange) =>
    `${key}: ${shownValue(before)} in the checkpoint, ${shownValue(after)} now`;
  const binding = changes.filter(({ key }) => BINDING.test(key) || (insideEpoch && POSITION.test(key)));
  if (binding.length > 0) {
    throw configProblem(
      `Cannot resume from "${file}", the config has changed:\n  ${binding.map(describe).join("\n  ")}`,
      "Set the values back, name another train.dir, or start over with --fresh",
    );
  }
  return changes.map(describe);
}
