import { z } from "zod";
import { defineAugmentation, truncatedTable } from "../../plugin.ts";
import { augmentation, commonParams, limitParam, rangeOf, SEARCHED_P, tableOperation } from "./_operation.ts";

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
      tableOperation({
        draw: (random) => ({ part: random.uniform(...rangeOf(params.limit)) }),
        table({ part }, mean) {
          const shift = Math.fround(part * mean());
          return truncatedTable((level) => Math.fround(level + shift));
        },
      }),
    ),
});
