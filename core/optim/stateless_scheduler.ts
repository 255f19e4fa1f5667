import type { Scheduler } from "../plugin/contracts.ts";

/** A schedule that is a function of progress alone and has nothing to save. */
export function statelessScheduler(learningRate: Scheduler["learningRate"]): Scheduler {
  return { learningRate, observe: () => {}, state: () => null, restore: () => {} };
}
