import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams, curveOperation, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "RandomGamma",
  about: "Raise values to a random power; gamma above 1 brightens, as in albumentations 0.1.8",
  nature: "lut",
  cost: 1,
  space: { gamma_limit: [[70, 90], [110, 130]], p: SEARCHED_P },
  params: z.strictObject({
    gamma_limit: z.tuple([z.int().min(1), z.int().min(1)]).default([80, 120])
      .describe("Lowest and highest gamma in hundredths; the exponent is its inverse"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      curveOperation({
        draw: (random) => ({ gamma: random.integer(...params.gamma_limit) / 100 }),
        curve: ({ gamma }) => (level) => (level / 255) ** (1 / gamma) * 255,
      }),
    ),
});
