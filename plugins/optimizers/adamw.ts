import { z } from "zod";
import { defineOptimizer, numberList, type Optimizer, type OptimizerContext } from "../../plugin.ts";
import { createAdam } from "../../network.ts";

const params = z.strictObject({
  lr: z.number().min(0).default(0.001).describe("Learning rate before any schedule"),
  betas: numberList(z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])).default([0.9, 0.999])
    .describe("Decay of the running means of the gradient and of its square"),
  eps: z.number().min(0).default(1e-8).describe("Added to the square root of the second moment"),
  weight_decay: z.number().min(0).default(0.01).describe(
    "Share of a parameter taken off per step, times the rate",
  ),
  amsgrad: z.boolean().default(false).describe("Divide by the largest second moment so far"),
  skip_decay: z.boolean().default(true).describe(
    "No weight decay on biases, normalisation, tokens and positions",
  ),
});

function create(settings: z.output<typeof params>, context: OptimizerContext): Optimizer {
  return createAdam({ ...settings, decoupled: true }, context);
}

/** AdamW. Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. */
export default defineOptimizer({ name: "adamw", about: "Adam with decoupled weight decay", params, create });
