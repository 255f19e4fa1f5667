import { z } from "zod";
import { addNoise, defineAugmentation } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "GaussNoise",
  about: "Add normal noise of random variance to every byte",
  nature: "pixelwise",
  cost: 15,
  params: z.strictObject({
    var_limit: z.tuple([z.number().min(0), z.number().min(0)]).default([10, 50])
      .describe("Lowest and highest variance of the noise, in squared levels"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: (random) => ({
          variance: random.uniform(...params.var_limit),
          seed: random.integer(0, 2 ** 31 - 1),
        }),
        apply: (pixels, { variance, seed }) => addNoise(pixels, { deviation: Math.sqrt(variance), seed }),
      }),
    ),
});
