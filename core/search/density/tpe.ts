import type { Json } from "../../base/json.ts";
import type { OperationSpec } from "../../plugin/contracts.ts";
import type { Random } from "../../base/random.ts";
import type { Policy } from "../policy/policy.ts";
import { OPERATIONS, samplePolicy, SUB_POLICIES } from "../policy/sample.ts";
import { type OperationSpace, readDimension } from "../policy/space.ts";
import { type Density, nameDensity, settingDensity } from "./parzen.ts";

/** A policy with its score, higher is better. */
export interface Observation {
  readonly policy: Policy;
  readonly score: number;
}

/** The share of policies that count as good. */
const GOOD_SHARE = 0.25;
/** Proposals of which the most promising is taken. */
const PROPOSALS = 24;
/** Random policies before anything is learnt. */
export const RANDOM_START = 10;

/**
 * How operations and their settings are spread over some policies. The sub-policies of a policy are drawn with equal
 * odds and may stand in any order, so all of them feed one model instead of one for each place.
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

  /** Logarithm of the density of a policy. */
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
 * The next policy to try: random ones at first; then, of several drawn like the good ones so far, the one that is most
 * like them and least like the others (tree-structured Parzen estimator).
 *
 * @param random keyed by the number of the trial, so that a resumed search proposes the same
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
