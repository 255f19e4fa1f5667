import { z } from "zod";
import { defineAugmentation, equalize } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "Equalize",
  about: "Spread the levels of each channel evenly, as Pillow's ImageOps.equalize",
  nature: "pixelwise",
  cost: 4,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: () => ({}),
        apply: (pixels) => equalize(pixels),
      }),
    ),
});
