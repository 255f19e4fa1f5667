import type { OperationSpec } from "../../plugin/contracts.ts";
import type { Policy } from "./policy.ts";
import { type OperationSpace, readDimension, settingAt } from "./operation_space.ts";

/** Number of strength levels per operation. */
const LEVELS = 5;

function operationAt({ name, space }: OperationSpace, share: number): OperationSpec {
  const settings = Object.entries(space).map(([key, range]) => [key, settingAt(readDimension(range), share)]);
  return [name, { ...Object.fromEntries(settings), p: 1 }];
}

/**
 * TrivialAugment over a search space, the baseline that a search has to beat: each image gets one uniformly drawn
 * operation at a uniformly drawn strength. Expressed as a policy, so that it trains like any other; the second
 * operation of each sub-policy has probability 0.
 *
 * Source: Müller and Hutter, "TrivialAugment: tuning-free yet state-of-the-art data augmentation", 2021.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const policy = trivialPolicy([{ name: "Rotate", space: { limit: [5, 45], p: { choice: [0, 0.5] } } }]);
 * assertEquals(policy.map(([first]) => first![1]["limit"]), [5, 15, 25, 35, 45]);
 * assertEquals(policy.every(([first, second]) => first![1]["p"] === 1 && second![1]["p"] === 0), true);
 * ```
 */
export function trivialPolicy(spaces: readonly OperationSpace[]): Policy {
  return spaces.flatMap((space) =>
    Array.from({ length: LEVELS }, (_, level) => {
      const operation = operationAt(space, level / (LEVELS - 1));
      const idle: OperationSpec = [operation[0], { ...operation[1], p: 0 }];
      return [operation, idle];
    })
  );
}
