import type { Depth } from "../base/pixels.ts";
import { configProblem } from "../base/problem.ts";
import type { Augmentation } from "../image/augmentation.ts";
import type { Registry } from "../plugin/registry.ts";

/** Names of the augmentations that work at 16 bits. */
function deepAugmentations(registry: Registry): string[] {
  return registry.list("augmentations")
    .filter((plugin) => plugin.params.safeParse({}).success && plugin.create({}, {}).applyDeep)
    .map(({ name }) => name);
}

/** Throws a config problem when `data.depth` is 16 and an augmentation works at 8 bits alone. */
export function checkAugmentationDepth(
  registry: Registry,
  { name, made, depth }: { readonly name: string; readonly made: Augmentation; readonly depth: Depth },
): void {
  if (depth === 8 || made.applyDeep) return;
  throw configProblem(
    `Cannot use ${name} with data.depth 16: it works at 8 bits alone; at 16 work ${
      deepAugmentations(registry).join(", ")
    }`,
    `Take ${name} out of the transform, or set data.depth to 8`,
  );
}
