import { z } from "zod";
import {
  type Augmentation,
  configProblem,
  type OperationSpec,
  type Orientation,
  shownOrientations,
  type TransformContext,
  UPRIGHT,
} from "../../plugin.ts";

/** Execution mode of the operations. */
export const modeParam = z.enum(["faithful", "fast"]).default("faithful").describe(
  "faithful: one operation after the other, byte for byte as OpenCV; fast: moves and tables joined, slightly different",
);

/** Schema of an operation in a config: `[name, {params}]`. */
export const operationParam = z.tuple([z.string(), z.record(z.string(), z.unknown())]);

/** Orientations in which pictures come out of operations in turn. */
export function orientationsOf(operations: readonly Augmentation[]): Orientation[] {
  return shownOrientations(operations.map(({ orientations = [UPRIGHT] }) => orientations));
}

/** Creates augmentations by name. Throws a config problem that names the operation with invalid parameters. */
export function makeOperations(specs: readonly OperationSpec[], context: TransformContext): Augmentation[] {
  return specs.map(([name, given]) => {
    try {
      return context.augmentation(name, given);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const issue = error.issues[0]!;
      throw configProblem(
        `Cannot use ${name}: ${issue.path.join(".") || "its parameters"}: ${issue.message}`,
        `Run \`deno task plugins augmentations ${name}\` for what is allowed`,
      );
    }
  });
}
