import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams, curveOperation, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "InvertImg",
  about: "255 minus each value, in every channel",
  nature: "lut",
  cost: 1,
  space: { p: SEARCHED_P },
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      curveOperation({ draw: () => ({}), curve: () => (level) => 255 - level }),
    ),
});
