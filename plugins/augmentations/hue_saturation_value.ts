import { z } from "zod";
import { defineAugmentation, shiftHsv } from "../../plugin.ts";
import { augmentation, commonParams, limitParam, rangeOf } from "./_operation.ts";

export default defineAugmentation({
  name: "HueSaturationValue",
  about: "Shift hue, saturation and value of the first three channels; further channels stay",
  nature: "pixelwise",
  cost: 40,
  params: z.strictObject({
    hue_shift_limit: limitParam.default(20).describe("Largest shift of the hue, of 180 steps to the circle"),
    sat_shift_limit: limitParam.default(30).describe("Largest shift of the saturation, of 255"),
    val_shift_limit: limitParam.default(20).describe("Largest shift of the value, of 255"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(params, {
      draw(random) {
        const shift = (limit: number | [number, number]) => Math.round(random.uniform(...rangeOf(limit)));
        return {
          hue: shift(params.hue_shift_limit),
          saturation: shift(params.sat_shift_limit),
          value: shift(params.val_shift_limit),
        };
      },
      apply: (pixels, shift) => shiftHsv(pixels, shift),
    }),
});
