import type { Json, OperationSpec } from "../plugin/contracts.ts";
import type { Policy } from "./policy.ts";
import { type Dimension, type OperationSpace, readDimension } from "./space.ts";

/** Strengths per operation. */
const LEVELS = 5;

/** The setting at a share of its range: 0 is the low end, 1 the high end; the last of a list is its strongest. */
function settingAt(dimension: Dimension, share: number): Json {
  switch (dimension.kind) {
    case "fixed":
      return dimension.value;
    case "choice":
      return dimension.values[Math.round(share * (dimension.values.length - 1))]!;
    case "integer":
      return Math.round(dimension.low + share * (dimension.high - dimension.low));
    case "real":
      return dimension.low + share * (dimension.high - dimension.low);
    case "pair":
      // Two ranges around a neutral middle, as of a gamma: stronger means further apart.
      return [settingAt(dimension.parts[0], 1 - share), settingAt(dimension.parts[1], share)];
  }
}

function operationAt({ name, space }: OperationSpace, share: number): OperationSpec {
  const settings = Object.entries(space).map(([key, range]) => [key, settingAt(readDimension(range), share)]);
  return [name, { ...Object.fromEntries(settings), p: 1 }];
}

/**
 * TrivialAugment over a search space, the baseline a search has to beat: each image gets one operation, drawn
 * uniformly, at a strength drawn uniformly; nothing is searched. Written as a policy, so that it trains like any other;
 * the second operation of each sub-policy never runs.
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
