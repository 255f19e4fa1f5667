import type { Json } from "../../base/json.ts";
import type { OperationSpec } from "../../plugin/contracts.ts";
import type { Random } from "../../base/random.ts";
import type { Policy } from "./policy.ts";
import { type OperationSpace, readDimension, sampleDimension } from "./operation_space.ts";

/** Sub-policies per policy, as in AutoAugment and upstream. */
export const SUB_POLICIES = 5;
/** Operations per sub-policy, all different. */
export const OPERATIONS = 2;

/** Samples an operation's parameters uniformly from its space. */
export function sampleOperation({ name, space }: OperationSpace, random: Random): OperationSpec {
  const params: Record<string, Json> = {};
  for (const [key, range] of Object.entries(space)) {
    params[key] = sampleDimension(readDimension(range), random);
  }
  return [name, params];
}

/**
 * Samples a random policy: five sub-policies of two different operations. Source: upstream's augmentation_search.py.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Random } from "../../base/random.ts";
 * const spaces = ["A", "B", "C"].map((name) => ({ name, space: { p: { choice: [0.5] } } }));
 * const policy = samplePolicy(spaces, new Random(0, "policy"));
 * assertEquals(policy.map((operations) => operations.length), [2, 2, 2, 2, 2]);
 * assertEquals(policy, samplePolicy(spaces, new Random(0, "policy")));
 * ```
 */
export function samplePolicy(spaces: readonly OperationSpace[], random: Random): Policy {
  return Array.from(
    { length: SUB_POLICIES },
    () => random.sample(spaces, OPERATIONS).map((space) => sampleOperation(space, random)),
  );
}
