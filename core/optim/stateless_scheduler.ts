import type { Scheduler } from "../plugin/contracts.ts";

/** Creates a scheduler whose learning rate is a pure function of epoch and step, without state. */
export function statelessScheduler(learningRate: Scheduler["learningRate"]): Scheduler {
  return { learningRate, observe: () => {}, state: () => null, restore: () => {} };
}
