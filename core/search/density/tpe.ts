import type { Json } from "../../base/json.ts";
import type { OperationSpec } from "../../plugin/contracts.ts";
import type { Random } from "../../base/random.ts";
import type { Policy } from "../policy/policy.ts";
import { OPERATIONS, samplePolicy, SUB_POLICIES } from "../policy/sample_policy.ts";
import { type OperationSpace, readDimension } from "../policy/operation_space.ts";
import { type Density, nameDensity, settingDensity } from "./parzen.ts";

/** A policy with its score, higher is better. */
export interface Observation {
  readonly policy: Policy;
  readonly score: number;
}

/** Share of policies that count as good (TPE's gamma). */
const GOOD_SHARE = 0.25;
/** Number of candidates of which the best by density ratio is proposed. */
const PROPOSALS = 24;
/** Number of random policies before TPE starts. */
export const RANDOM_START = 10;

/**
 * Density model of operations and their parameters over some policies. Sub-policies are equally likely and unordered,
 * so one model is fitted to all of them instead of one per position.
 */
class OperationModel {
  readonly #names: Density;
  readonly #settings = new Map<string, Density>();

  constructor(readonly spaces: readonly OperationSpace[], policies: readonly Policy[]) {
    const operations = policies.flat(2) as readonly OperationSpec[];
    this.#names = nameDensity(spaces.map(({ name }) => name), operations.map(([name]) => name));
    for (const { name, space } of spaces) {
      const own = operations.filter(([other]) => other === name);
      for (const [key, range] of Object.entries(space)) {
        const observed = own.map(([, params]) => params[key] as Json);
        this.#settings.set(`${name}.${key}`, settingDensity(readDimension(range), observed));
      }
    }
  }

  #drawOperation({ name, space }: OperationSpace, random: Random): OperationSpec {
    const settings = Object.keys(space).map((
      key,
    ) => [key, this.#settings.get(`${name}.${key}`)!.draw(random)]);
    return [name, Object.fromEntries(settings) as Record<string, Json>];
  }

  #drawSubPolicy(random: Random): OperationSpec[] {
    const chosen: OperationSpace[] = [];
    while (chosen.length < OPERATIONS) {
      const name = this.#names.draw(random);
      if (chosen.some((space) => space.name === name)) continue;
      chosen.push(this.spaces.find((space) => space.name === name)!);
    }
    return chosen.map((space) => this.#drawOperation(space, random));
  }

  draw(random: Random): Policy {
    return Array.from({ length: SUB_POLICIES }, () => this.#drawSubPolicy(random));
  }

  /** Log density of a policy. */
  logAt(policy: Policy): number {
    let sum = 0;
    for (const [name, params] of policy.flat()) {
      sum += Math.log(this.#names.at(name));
      for (const [key, value] of Object.entries(params)) {
        sum += Math.log(this.#settings.get(`${name}.${key}`)?.at(value as Json) ?? 1);
      }
    }
    return sum;
  }
}

/**
 * Proposes the next policy: random at first; then, of several samples from the density of the good policies, the one
 * with the highest ratio of good to bad density (tree-structured Parzen estimator).
 *
 * @param random keyed by the trial number, so that a resumed search proposes the same policies
 */
export function proposePolicy(
  spaces: readonly OperationSpace[],
  observations: readonly Observation[],
  random: Random,
): Policy {
  if (observations.length < RANDOM_START) return samplePolicy(spaces, random);
  const ranked = observations.toSorted((a, b) => b.score - a.score).map(({ policy }) => policy);
  const goodCount = Math.ceil(GOOD_SHARE * ranked.length);
  const good = new OperationModel(spaces, ranked.slice(0, goodCount));
  const others = new OperationModel(spaces, ranked.slice(goodCount));
  let best: Policy = [], bestRatio = -Infinity;
  for (let n = 0; n < PROPOSALS; n++) {
    const policy = good.draw(random);
    const ratio = good.logAt(policy) - others.logAt(policy);
    if (ratio > bestRatio) [best, bestRatio] = [policy, ratio];
  }
  return best;
}
