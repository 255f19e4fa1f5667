import { perClass, type ThresholdRule } from "./rule.ts";

/** The same threshold for every class. */
export function fixedRule(value: number): ThresholdRule {
  return perClass(() => value);
}
