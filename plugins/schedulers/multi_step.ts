import { z } from "zod";
import { defineScheduler, numberList, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({
  milestones: numberList(z.array(z.int().min(0))).default([500, 5000]).describe(
    "Epochs at which gamma applies",
  ),
  gamma: z.number().gt(0).default(0.1).describe("Factor of each milestone"),
});

/** PyTorch's MultiStepLR: multiplied by gamma at each milestone; a repeated milestone counts twice. */
export default defineScheduler({
  name: "multi_step",
  about: "Multiplied by gamma at each milestone",
  params,
  create: ({ milestones, gamma }, { learningRate }) =>
    statelessScheduler(({ epoch }) => learningRate * gamma ** milestones.filter((at) => at <= epoch).length),
});
