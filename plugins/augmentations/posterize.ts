import { z } from "zod";
import { defineAugmentation, posterize, posterizeTable } from "../../plugin.ts";
import { augmentation, commonParams, tableOperation } from "./_operation.ts";

const bits = z.int().min(1).max(8);

export default defineAugmentation({
  name: "Posterize",
  about: "Keep the highest bits of each value",
  nature: "lut",
  cost: 1,
  params: z.strictObject({
    num_bits: z.union([bits, z.tuple([bits, bits])]).default(4).describe("Bits kept, or [fewest, most]"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(params, {
      ...tableOperation({
        draw(random) {
          const { num_bits: limit } = params;
          return { bits: typeof limit === "number" ? limit : random.integer(...limit) };
        },
        table: ({ bits }) => posterizeTable(bits),
      }),
      applyDeep: (pixels, { bits }) => posterize(pixels, bits),
    }),
});
