import { z } from "zod";
import { defineScheduler, type Scheduler, type SchedulerContext, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({
  pct_start: z.number().gt(0).lt(1).default(0.25).describe("Share of the steps on which the rate rises"),
  div_factor: z.number().gt(1).default(25).describe("The first rate is the config's rate divided by this"),
  final_div_factor: z.number().gt(1).default(1e4).describe("The last rate is the first one divided by this"),
});

function anneal(from: number, to: number, share: number): number {
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
}

function create(settings: z.output<typeof params>, context: SchedulerContext): Scheduler {
  const total = context.epochs * context.stepsPerEpoch;
  const first = context.learningRate / settings.div_factor;
  const last = first / settings.final_div_factor;
  const peak = settings.pct_start * total - 1;
  return statelessScheduler(({ epoch, step }) => {
    const at = Math.min(epoch * context.stepsPerEpoch + step, total - 1);
    if (at <= peak) return anneal(first, context.learningRate, at / peak);
    return anneal(context.learningRate, last, (at - peak) / Math.max(total - 1 - peak, 1));
  });
}

/** PyTorch's OneCycleLR, per step; the config's lr is max_lr. Source: Smith and Topin, "Super-convergence", 2018. */
export default defineScheduler({
  name: "one_cycle",
  about: "Up to the config's rate and down again, per step",
  params,
  create,
});
