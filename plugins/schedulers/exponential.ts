import { z } from "zod";
import { defineScheduler, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({ gamma: z.number().gt(0).default(0.995).describe("Factor of each epoch") });

/** PyTorch's ExponentialLR: multiplied by gamma after every epoch. */
export default defineScheduler({
  name: "exponential",
  about: "Multiplied by gamma after every epoch",
  params,
  create: ({ gamma }, { learningRate }) => statelessScheduler(({ epoch }) => learningRate * gamma ** epoch),
});
