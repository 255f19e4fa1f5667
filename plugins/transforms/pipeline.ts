import { z } from "zod";
import { type AnyPixels, defineTransform, execute, normalize, type Random } from "../../plugin.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";
import { makeOperations, modeParam, operationParam, orientationsOf } from "./_operations.ts";

export default defineTransform({
  name: "pipeline",
  about: "A list of operations in order, resize, normalise; operations for training and for every split",
  params: z.strictObject({
    operations: z.array(operationParam).default([]).describe(
      "Operations in training: a list of [name, {params}]",
    ),
    always: z.array(operationParam).default([]).describe("Operations before those, in every split"),
    size: sizeParam,
    mode: modeParam,
    ...normalizationParams,
  }),
  create(params, context) {
    const { size, mode } = params;
    const normalization = normalizationOf(params, context.channels);
    const always = makeOperations(params.always, context),
      training = makeOperations(params.operations, context);
    const operations = context.split === "train" ? [...always, ...training] : always;
    const apply = (pixels: AnyPixels, random: Random) => {
      const execution = execute(pixels, mode);
      execution.add(operations, random);
      return normalize(execution.finish({ height: size, width: size }), normalization);
    };
    return { views: 1, orientations: orientationsOf(operations), size, apply, applyDeep: apply };
  },
});
