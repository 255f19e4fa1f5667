import { z } from "zod";
import { defineAugmentation } from "../../plugin.ts";
import { anyDepth, augmentation, commonParamsAlways } from "./_operation.ts";
import { BINS, wideOperations } from "./_wide_operations.ts";

const OPERATIONS = wideOperations({
  shear: 0.99,
  translate: () => 32,
  rotate: 135,
  enhance: 0.99,
  posterize: 6,
});
const NAMES = [...OPERATIONS.keys()];

export default defineAugmentation({
  name: "TrivialAugmentWide",
  about:
    "One of 14 operations at a random strength (Müller and Hutter, 2021); nothing to tune; borders are mirrored",
  nature: "pixelwise",
  cost: 8,
  params: z.strictObject(commonParamsAlways),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random) {
          const name = random.choice(NAMES);
          const strength = random.integer(0, BINS - 1) / (BINS - 1);
          const sign = OPERATIONS.get(name)!.signed && random.next() < 0.5 ? -1 : 1;
          return { name, magnitude: sign * strength };
        },
        apply: (pixels, { name, magnitude }) => OPERATIONS.get(name)!.apply(pixels, magnitude),
      }),
    ),
});
