import { z } from "zod";
import { applyTable, truncatedTable } from "../../core/image/lut.ts";
import { defineAugmentation } from "../../core/plugin/define.ts";
import { augmentation, commonParams, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "InvertImg",
  about: "255 minus each value, in every channel",
  nature: "lut",
  cost: 1,
  space: { p: SEARCHED_P },
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(params, {
      draw: () => ({}),
      apply: (pixels) => applyTable(pixels, truncatedTable((level) => 255 - level)),
    }),
});
