import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams, curveOperation, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "RandomContrast",
  about: "Multiply values by a random factor, without recentring",
  nature: "lut",
  cost: 1,
  space: { limit: [0.1, 0.3], p: SEARCHED_P },
  params: z.strictObject({
    limit: limitParam.default(0.2).describe("Largest change of the factor: 0.2 gives 0.8 to 1.2"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      curveOperation({
        draw(random) {
          const [low, high] = rangeOf(params.limit);
          return { factor: 1 + random.uniform(low, high) };
        },
        curve({ factor }) {
          const alpha = Math.fround(factor);
          return (level) => Math.fround(level * alpha);
        },
      }),
    ),
});
