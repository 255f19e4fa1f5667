import { z } from "zod";
import { rotationMatrix, warpAffine } from "../../core/image/remap.ts";
import { defineAugmentation } from "../../core/plugin/define.ts";
import { augmentation, commonParams, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "Rotate",
  about: "Turn about the centre by a random angle; borders are mirrored",
  nature: "affine",
  cost: 6,
  space: { limit: [5, 45], p: SEARCHED_P },
  params: z.strictObject({
    limit: limitParam.default(90).describe("Largest angle in degrees, or [lowest, highest]"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(params, {
      draw: (random) => ({ angle: random.uniform(...rangeOf(params.limit)) }),
      apply(pixels, { angle }) {
        return warpAffine(pixels, rotationMatrix([pixels.width / 2, pixels.height / 2], { angle, scale: 1 }));
      },
    }),
});
