import { z } from "zod";
import { defineScheduler, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({
  step_size: z.int().min(1).default(80).describe("Epochs between two steps"),
  gamma: z.number().gt(0).default(0.1).describe("Factor of each step"),
});

/** PyTorch's StepLR: multiplied by gamma every step_size epochs. */
export default defineScheduler({
  name: "step",
  about: "Multiplied by gamma every step_size epochs",
  params,
  create: ({ step_size, gamma }, { learningRate }) =>
    statelessScheduler(({ epoch }) => learningRate * gamma ** Math.floor(epoch / step_size)),
});
