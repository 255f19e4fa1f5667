import { z } from "zod";
import { defineScheduler, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({
  T_max: z.number().gt(0).default(50).describe("Epochs from the highest to the lowest rate"),
  eta_min: z.number().min(0).default(0.00001).describe("Lowest rate"),
});

/** PyTorch's CosineAnnealingLR in closed form; as in PyTorch, the rate rises again after T_max epochs. */
export default defineScheduler({
  name: "cosine",
  about: "Down to eta_min along half a cosine of T_max epochs",
  params,
  create: ({ T_max, eta_min }, { learningRate }) =>
    statelessScheduler(({ epoch }) =>
      eta_min + (learningRate - eta_min) * (1 + Math.cos(Math.PI * epoch / T_max)) / 2
    ),
});
