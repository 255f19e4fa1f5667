import { z } from "zod";
import { applyChannelTables, defineAugmentation, equalizeTable } from "../../plugin.ts";
import { augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "Equalize",
  about: "Spread the levels of each channel evenly, as Pillow's ImageOps.equalize",
  nature: "pixelwise",
  cost: 4,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(params, {
      draw: () => ({}),
      apply: (pixels) => applyChannelTables(pixels, equalizeTable),
    }),
});
