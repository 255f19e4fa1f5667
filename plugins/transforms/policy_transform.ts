import { z } from "zod";
import { normalize } from "../../core/image/normalize.ts";
import { resize } from "../../core/image/resize.ts";
import type {
  Augmentation,
  OperationSpec,
  Pixels,
  Transform,
  TransformContext,
} from "../../core/plugin/contracts.ts";
import { defineTransform } from "../../core/plugin/define.ts";
import { configProblem } from "../../core/problem.ts";
import type { Random } from "../../core/random.ts";
import type { SubPolicy } from "../../core/search/policy.ts";
import { readPolicyFileSync } from "../../core/search/policy_file.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";

const operation = z.tuple([z.string(), z.record(z.string(), z.unknown())]);
const subPolicy = z.array(operation).min(1);

const params = z.strictObject({
  policies: z.union([z.string(), z.array(subPolicy)]).nullable().default(null).describe(
    "Policy file written by the search, or sub-policies: lists of [name, {params}]; one is drawn for each image",
  ),
  size: sizeParam,
  base: z.enum(["d4", "mirror", "none"]).default("d4").describe(
    "Moves before the policy: turns, flips and transposition as upstream; left and right only; or none",
  ),
  ...normalizationParams,
});

/** Operations that run before the policy. */
const BASES: Readonly<Record<string, readonly OperationSpec[]>> = {
  d4: [["RandomRotate90", {}], ["Flip", {}], ["Transpose", {}]],
  mirror: [["HorizontalFlip", {}]],
  none: [],
};

function subPoliciesOf(policies: string | readonly SubPolicy[] | null): readonly SubPolicy[] {
  return typeof policies === "string" ? readPolicyFileSync(policies).flat() : policies ?? [];
}

function makeOperations(specs: readonly OperationSpec[], context: TransformContext): Augmentation[] {
  return specs.map(([name, given]) => {
    try {
      return context.augmentation(name, given);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const issue = error.issues[0]!;
      throw configProblem(
        `Cannot use ${name} in a policy: ${issue.path.join(".") || "its parameters"}: ${issue.message}`,
        `Run \`deno task plugins augmentations ${name}\` for what is allowed`,
      );
    }
  });
}

function run(operations: readonly Augmentation[], pixels: Pixels, random: Random): Pixels {
  return operations.reduce((now, step) => step.apply(now, step.sample(random, now)), pixels);
}

/** As upstream: base moves, one sub-policy at the picture's own size, resize, normalise; only the last two in evaluation. */
function create(given: z.output<typeof params>, context: TransformContext): Transform {
  const { size } = given;
  const normalization = normalizationOf(given, context.channels);
  const training = context.split === "train";
  const base = makeOperations(training ? BASES[given.base]! : [], context);
  // Policies are checked whatever the split, so that a mistake shows at once.
  const policies = subPoliciesOf(given.policies).map((specs) => makeOperations(specs, context));
  function augment(pixels: Pixels, random: Random): Pixels {
    const moved = run(base, pixels, random);
    return policies.length > 0 ? run(random.choice(policies), moved, random) : moved;
  }
  return {
    views: 1,
    size,
    apply(pixels, random) {
      const augmented = training ? augment(pixels, random) : pixels;
      return normalize(resize(augmented, size, size), normalization);
    },
  };
}

export default defineTransform({
  name: "policy_transform",
  about: "Turns and flips, one sub-policy of operations drawn for each image, resize, normalise",
  params,
  create,
});
