import { z } from "zod";
import { defineAugmentation, resize, resizeMap } from "../../plugin.ts";
import { anyDepth, augmentation, commonParamsAlways } from "./_operation.ts";

export default defineAugmentation({
  name: "Resize",
  about: "Resize to a fixed size, bilinear without antialiasing",
  nature: "resize",
  cost: 1.5,
  params: z.strictObject({
    height: z.int().min(1).default(512).describe("New height in pixels"),
    width: z.int().min(1).default(512).describe("New width in pixels"),
    ...commonParamsAlways,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: () => ({ height: params.height, width: params.width }),
        apply: (pixels, { height, width }) => resize(pixels, height, width),
        map: (shape, target) => resizeMap(shape, target),
      }),
    ),
});
