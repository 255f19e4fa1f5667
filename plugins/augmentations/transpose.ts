import { z } from "zod";
import { orient } from "../../core/image/orient.ts";
import { defineAugmentation } from "../../core/plugin/define.ts";
import { augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "Transpose",
  about: "Swap rows and columns",
  nature: "permutation",
  cost: 2,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(params, {
      draw: () => ({}),
      apply: (pixels) => orient(pixels, { transpose: true, mirror: false, upsideDown: false }),
    }),
});
