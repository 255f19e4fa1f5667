import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams, curveOperation } from "./_operation.ts";

const level = z.number().min(0).max(256);

export default defineAugmentation({
  name: "Solarize",
  about: "Invert the values from a threshold on",
  nature: "lut",
  cost: 1,
  params: z.strictObject({
    threshold: z.union([level, z.tuple([level, level])]).default(128).describe(
      "The threshold, or [lowest, highest]",
    ),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      curveOperation({
        draw(random) {
          const { threshold } = params;
          return { threshold: typeof threshold === "number" ? threshold : random.uniform(...threshold) };
        },
        curve: ({ threshold }) => (level) => (level < threshold ? level : 255 - level),
      }),
    ),
});
