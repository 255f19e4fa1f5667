import { z } from "zod";
import {
  type AnyPixels,
  type Augmentation,
  defineTransform,
  distinctOrientations,
  execute,
  normalize,
  type OperationSpec,
  type Orientation,
  Problem,
  type Random,
  readPolicyFileSync,
  type SubPolicy,
  type Transform,
  type TransformContext,
} from "../../plugin.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";
import { makeOperations, modeParam, operationParam, orientationsOf } from "./_operations.ts";

const params = z.strictObject({
  policies: z.union([z.string(), z.array(z.array(operationParam).min(1))]).nullable().default(null).describe(
    "Policy file written by the search, or sub-policies: lists of [name, {params}]; one is drawn for each image",
  ),
  size: sizeParam,
  base: z.enum(["d4", "mirror", "none"]).default("d4").describe(
    "Moves before the policy: turns, flips and transposition as upstream; left and right only; or none",
  ),
  mode: modeParam,
  ...normalizationParams,
});

/** Base augmentations, applied before the policy. */
const BASES: Readonly<Record<string, readonly OperationSpec[]>> = {
  d4: [["RandomRotate90", {}], ["Flip", {}], ["Transpose", {}]],
  mirror: [["HorizontalFlip", {}]],
  none: [],
};

function subPoliciesOf(policies: string | readonly SubPolicy[] | null): readonly SubPolicy[] {
  return typeof policies === "string" ? readPolicyFileSync(policies).flat() : policies ?? [];
}

/** The operations of each sub-policy; a mistake in a policy file is told with the file's name. */
function policyOperations(
  policies: string | readonly SubPolicy[] | null,
  context: TransformContext,
): Augmentation[][] {
  const subPolicies = subPoliciesOf(policies);
  try {
    return subPolicies.map((specs) => makeOperations(specs, context));
  } catch (error) {
    if (typeof policies !== "string" || !(error instanceof Problem)) throw error;
    throw new Problem(error.kind, `Cannot use the policy file "${policies}": ${error.message}`, error.next);
  }
}

/** Orientations that the base gives a picture with one of the sub-policies after it. */
function shownBy(base: readonly Augmentation[], policies: readonly Augmentation[][]): Orientation[] {
  const ways = policies.length === 0 ? [[]] : policies;
  return distinctOrientations(ways.flatMap((policy) => orientationsOf([...base, ...policy])));
}

/**
 * As in upstream: base augmentation and a random sub-policy at the original image size, then resize and normalise. In
 * evaluation resize and normalise only.
 */
function create(given: z.output<typeof params>, context: TransformContext): Transform {
  const { size } = given;
  const normalization = normalizationOf(given, context.channels);
  const training = context.split === "train";
  const base = makeOperations(training ? BASES[given.base]! : [], context);
  // Policies are validated for every split, to fail early.
  const policies = policyOperations(given.policies, context);
  const apply = (pixels: AnyPixels, random: Random) => {
    const execution = execute(pixels, given.mode);
    execution.add(base, random);
    if (training && policies.length > 0) execution.add(random.choice(policies), random);
    return normalize(execution.finish({ height: size, width: size }), normalization);
  };
  const orientations = shownBy(base, training ? policies : []);
  return { views: 1, orientations, size, apply, applyDeep: apply };
}

export default defineTransform({
  name: "policy_transform",
  about: "Turns and flips, one sub-policy of operations drawn for each image, resize, normalise",
  params,
  create,
});
