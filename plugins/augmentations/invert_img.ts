import { z } from "zod";
import { defineAugmentation, truncatedTable } from "../../plugin.ts";
import { augmentation, commonParams, SEARCHED_P, tableOperation } from "./_operation.ts";

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
      tableOperation({ draw: () => ({}), table: () => truncatedTable((level) => 255 - level) }),
    ),
});
