import { z } from "zod";
import { defineScheduler, type Json, type Scheduler, type SchedulerContext } from "../../plugin.ts";

const params = z.strictObject({
  mode: z.enum(["max", "min"]).nullable().default(null).describe(
    "Whether a higher or a lower score is better; null: as train.metric says",
  ),
  factor: z.number().gt(0).lt(1).default(0.1).describe("Factor of each reduction"),
  patience: z.int().min(0).default(10).describe("Epochs without progress that are tolerated"),
  threshold: z.number().min(0).default(0.001).describe("What counts as progress"),
  threshold_mode: z.enum(["rel", "abs"]).default("rel").describe(
    "Whether threshold is a share or a difference",
  ),
  cooldown: z.int().min(0).default(0).describe("Epochs after a reduction that are not counted"),
  min_lr: z.number().min(0).default(0).describe("Lowest rate"),
});

/** PyTorch's `eps`: smaller changes of the learning rate are ignored. */
const SMALLEST_CHANGE = 1e-8;

const saved = z.object({
  rate: z.number(),
  best: z.number().nullable(),
  bad: z.int(),
  cooldown: z.int(),
});

type Settings = Pick<z.output<typeof params>, "threshold" | "threshold_mode"> & { readonly higher: boolean };

function isBetter(score: number, best: number | null, settings: Settings): boolean {
  if (best === null) return true;
  const sign = settings.higher ? 1 : -1;
  const limit = settings.threshold_mode === "rel"
    ? best * (1 + sign * settings.threshold)
    : best + sign * settings.threshold;
  return sign * score > sign * limit;
}

function create(settings: z.output<typeof params>, context: SchedulerContext): Scheduler {
  let state: z.output<typeof saved> = { rate: context.learningRate, best: null, bad: 0, cooldown: 0 };
  const higher = settings.mode === null ? context.better === "higher" : settings.mode === "max";
  const observe = (score: number) => {
    const better = isBetter(score, state.best, { ...settings, higher });
    let bad = better ? 0 : state.bad + 1;
    let cooldown = state.cooldown;
    if (cooldown > 0) [bad, cooldown] = [0, cooldown - 1];
    let rate = state.rate;
    if (bad > settings.patience) {
      const reduced = Math.max(rate * settings.factor, settings.min_lr);
      if (rate - reduced > SMALLEST_CHANGE) rate = reduced;
      [bad, cooldown] = [0, settings.cooldown];
    }
    state = { rate, best: better ? score : state.best, bad, cooldown };
  };
  return {
    learningRate: () => state.rate,
    observe,
    state: (): Json => ({ ...state }),
    restore: (json) => {
      state = saved.parse(json);
    },
  };
}

/** PyTorch's ReduceLROnPlateau on the validation score (upstream mistakenly uses mode min for macro F1). */
export default defineScheduler({
  name: "reduce_lr_on_plateau",
  about: "Reduced when the validation score by train.metric stops getting better",
  params,
  create,
});
