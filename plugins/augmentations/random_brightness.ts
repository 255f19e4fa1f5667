import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams, curveOperation, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "RandomBrightness",
  about: "Add a random part of the picture's mean over all channels",
  nature: "lut",
  cost: 2,
  space: { limit: [0.1, 0.3], p: SEARCHED_P },
  params: z.strictObject({
    limit: limitParam.default(0.2).describe("Largest part of the mean that is added or taken away"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      curveOperation({
        draw: (random) => ({ part: random.uniform(...rangeOf(params.limit)) }),
        curve({ part }, mean) {
          const shift = Math.fround(part * mean());
          return (level) => Math.fround(level + shift);
        },
      }),
    ),
});
