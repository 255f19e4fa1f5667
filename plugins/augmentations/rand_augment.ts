import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { anyDepth, augmentation, commonParamsAlways } from "./_operation.ts";
import { BINS, wideOperations } from "./_wide_operations.ts";

const OPERATIONS = wideOperations({
  shear: 0.3,
  translate: (side) => 150 / 331 * side,
  rotate: 30,
  enhance: 0.9,
  posterize: 4,
});
const NAMES = [...OPERATIONS.keys()];

export default defineAugmentation({
  name: "RandAugment",
  about: "Several of 14 operations at one strength (Cubuk et al., 2019); borders are mirrored",
  nature: "pixelwise",
  cost: 16,
  params: z.strictObject({
    num_ops: z.int().min(1).default(2).describe("Operations for each image"),
    magnitude: z.int().min(0).max(BINS - 1).default(9).describe(`Strength from 0 to ${BINS - 1}`),
    ...commonParamsAlways,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random) {
          const strength = params.magnitude / (BINS - 1);
          return Array.from({ length: params.num_ops }, () => {
            const name = random.choice(NAMES);
            const sign = OPERATIONS.get(name)!.signed && random.next() < 0.5 ? -1 : 1;
            return { name, magnitude: sign * strength };
          });
        },
        apply: (pixels, steps) =>
          steps.reduce((now, { name, magnitude }) => OPERATIONS.get(name)!.apply(now, magnitude), pixels),
      }),
    ),
});
