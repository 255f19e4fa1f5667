import type { Config } from "../config/schema.ts";
import type { Json } from "../base/json.ts";
import { configProblem } from "../base/problem.ts";

/** What `train.metric` was before configs could name it: a run of that time goes on without a word. */
const FIRST_METRIC = "macro_f1";

/** The part of a config that decides what the weights become, and which are the best. */
export function decisiveConfig(config: Config): Json {
  const { data, model, train, optimizer, scheduler, transform, loss, seed } = config;
  const { dir: _dir, recorded: _recorded, metric, ...others } = train;
  const training = metric === FIRST_METRIC ? others : { ...others, metric };
  const { cache: _cache, ...source } = data;
  const { num_preprocessor: _workers, ...view } = transform;
  const parts = { data: source, model, train: training, optimizer, scheduler, transform: view, loss, seed };
  return JSON.parse(JSON.stringify(parts)) as Json;
}

/** A key path whose value changed. */
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

/** Keys under which a checkpoint cannot be used at all when they change. */
const BINDING = /^(model|optimizer\.name|train\.ema|train\.metric)\b/;
/** Keys that say what the next batch of an epoch is. */
const POSITION = /^(data|seed|train\.batch_size|train\.num_grad_acc|train\.sampling)\b/;

/** Keys that change how long or how a run computes, not what it computes. */
const HARMLESS = /^train\.(early_stopping|recompute|recorded)$/;

/** Where a run is taken up. */
export interface ResumePlace {
  readonly file: string;
  /** Whether the checkpoint lies inside an epoch, where the order of images may not change. */
  readonly insideEpoch: boolean;
  /** Whether the learning rate depends on how many epochs there are; otherwise more of them change nothing. */
  readonly rateNeedsEpochs: boolean;
}

/**
 * Compares the config of a checkpoint with the one it is resumed under. Changes that cannot be resumed throw a config
 * problem; the others are returned as lines for the user.
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
    `${key}: ${JSON.stringify(before)} in the checkpoint, ${JSON.stringify(after)} now`;
  const binding = changes.filter(({ key }) => BINDING.test(key) || (insideEpoch && POSITION.test(key)));
  if (binding.length > 0) {
    throw configProblem(
      `Cannot resume from "${file}", the config has changed:\n  ${binding.map(describe).join("\n  ")}`,
      "Set the values back, name another train.dir, or start over with --fresh",
    );
  }
  return changes.map(describe);
}
