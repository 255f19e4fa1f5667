import { z } from "zod";
import { defineScheduler, statelessScheduler } from "../../plugin.ts";

const params = z.strictObject({
  T_max: z.number().gt(0).nullable().default(null).describe(
    "Epochs from the highest to the lowest rate; null: train.num_epochs",
  ),
  eta_min: z.number().min(0).default(0.00001).describe("Lowest rate"),
});

/** PyTorch's CosineAnnealingLR in closed form; as in PyTorch, the rate rises again after T_max epochs. */
export default defineScheduler({
  name: "cosine",
  about: "Down to eta_min along half a cosine of T_max epochs",
  params,
  create({ T_max, eta_min }, context) {
    const { learningRate } = context;
    // Asks for the number of epochs only where the rate depends on it, so that a resume with more epochs is told rightly.
    const period = T_max ?? context.epochs;
    return statelessScheduler(({ epoch }) =>
      eta_min + (learningRate - eta_min) * (1 + Math.cos(Math.PI * epoch / period)) / 2
    );
  },
});
