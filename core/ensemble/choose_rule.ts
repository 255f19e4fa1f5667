import { type Interval, intervalAbout } from "./bootstrap.ts";

/** A rule with its nested merit, and that merit in each bootstrap sample. */
export interface Judged {
  readonly name: string;
  readonly nested: number;
  readonly samples: readonly number[];
}

/** A difference with its 90 % interval. */
export interface Difference {
  readonly value: number;
  readonly interval: Interval;
}

/** Whether a rule took the place of a simpler one. */
export interface Step {
  readonly rule: string;
  /** The rule it had to beat. */
  readonly against: string;
  /** Merit less that of `against`, in the same bootstrap samples. */
  readonly gain: Difference;
  readonly taken: boolean;
}

/** Merit of one less that of another, paired by bootstrap sample. */
export function pairedDifference(one: Judged, other: Judged): Difference {
  const value = one.nested - other.nested;
  return {
    value,
    interval: intervalAbout(value, one.samples.map((sample, i) => sample - other.samples[i]!)),
  };
}

/**
 * Goes through rules from the simplest on: each takes the place of the last one taken when it is better by more than the
 * 90 % interval of the difference.
 */
export function chooseRule<Rule extends Judged>(rules: readonly Rule[]): { chosen: Rule; steps: Step[] } {
  let chosen = rules[0]!;
  const steps = rules.slice(1).map((rule) => {
    const gain = pairedDifference(rule, chosen), taken = gain.interval[0] > 0, against = chosen.name;
    if (taken) chosen = rule;
    return { rule: rule.name, against, gain, taken };
  });
  return { chosen, steps };
}
