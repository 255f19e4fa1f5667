import { Problem } from "../../base/problem.ts";
import { sha256 } from "../../base/sha256.ts";
import { type Output, WarningsOnly } from "../../base/output.ts";
import type { Json } from "../../base/json.ts";
import { textsIn } from "../../bundle/run_files.ts";
import { planTraining } from "../../train/train.ts";
import type { TrainPlan } from "../../train/estimate_training.ts";
import { openExperiment } from "../open_experiment.ts";
import type { Unit } from "../unit.ts";
import { canonicalJson } from "../unit_id.ts";
import { readTask } from "../unit_task.ts";

type Tree = Record<string, Json>;
/** A pass of training takes about as long as this many of inference. */
const PASSES = 3;
/** Views where neither the plan nor the config says how many: the most that are taken unasked. */
const VIEWS = 4;

/** The config without what changes no time: fold, seed, folder, and files that are yet to be made. */
function timedConfig(config: Tree, made: ReadonlySet<string>): Tree {
  const { params: { idx_fold: _fold, ...params }, ...data } = config.data as { params: Tree } & Tree;
  const transform = config.transform as { params: Tree } & Tree;
  const known = Object.entries(transform.params).filter(([, value]) =>
    !textsIn(value).some((text) => made.has(text))
  );
  return {
    ...config,
    data: { ...data, params },
    seed: 0,
    transform: { ...transform, params: Object.fromEntries(known) },
    train: { ...config.train as Tree, dir: "results/.units/estimate" },
  };
}

/** Measures configs, each kind of training once. */
class Stopwatch {
  readonly #plans = new Map<string, Promise<TrainPlan | null>>();

  constructor(readonly made: ReadonlySet<string>, readonly output: Output) {}

  /** What a training takes; null where it cannot be tried here, of which is told. */
  measure(path: string, config: Readonly<Record<string, unknown>>): Promise<TrainPlan | null> {
    const timed = timedConfig(config as Tree, this.made), key = sha256(canonicalJson(timed));
    const known = this.#plans.get(key) ?? this.#measure(path, timed);
    this.#plans.set(key, known);
    return known;
  }

  async #measure(path: string, config: Tree): Promise<TrainPlan | null> {
    try {
      return await planTraining(await openExperiment({ path, config }, new WarningsOnly(this.output)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.output.warn(`no estimate for ${path}: ${error.message}`);
      return null;
    }
  }
}

/** Seconds of showing the network an image. */
function forwardSeconds({ seconds_per_epoch: seconds, examples: { train, val } }: TrainPlan): number {
  return seconds / (PASSES * train + val);
}

function secondsOf(unit: Unit, plan: TrainPlan): number {
  const forward = forwardSeconds(plan);
  if (unit.kind === "swa") {
    const { num_checkpoint: count, greedy } = readTask(unit, "swa"), { train, val } = plan.examples;
    return forward * (greedy ? count * (train + val) : train);
  }
  if (unit.kind !== "inference") return plan.seconds;
  const { images, split, num_tta: asked, part } = readTask(unit, "inference");
  const views = asked === null ? VIEWS : asked === "auto" ? 2 * VIEWS : asked;
  return forward * views * images[split]!.count / (part?.count ?? 1);
}

/** Units that show images to a network; the others are not estimated. */
const ESTIMATED: readonly Unit["kind"][] = [
  "train",
  "swa",
  "inference",
  "search_trial",
  "search_confirmation",
];

/** The units with what each takes on this machine, by training each kind of model for some seconds. Writes nothing. */
export async function estimateUnits(units: readonly Unit[], output: Output): Promise<Unit[]> {
  const stopwatch = new Stopwatch(new Set(units.flatMap(({ outputs }) => outputs)), output);
  const estimated: Unit[] = [];
  for (const unit of units) {
    const { path, config } = unit.task as { path?: string; config?: Record<string, unknown> };
    const plan = ESTIMATED.includes(unit.kind) && path !== undefined && config !== undefined
      ? await stopwatch.measure(path, config)
      : null;
    const estimate = plan && { seconds: secondsOf(unit, plan), bytes: plan.memory_bytes };
    estimated.push({ ...unit, estimate });
  }
  return estimated;
}
