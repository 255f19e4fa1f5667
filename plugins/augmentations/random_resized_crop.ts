import { z } from "zod";
import {
  type Box,
  type CoordinateMap,
  crop,
  defineAugmentation,
  type Random,
  resize,
  resizeMap,
  type Shape,
} from "../../plugin.ts";
import { anyDepth, augmentation, commonParamsAlways } from "./_operation.ts";

interface CropRange {
  readonly scale: readonly [number, number];
  readonly ratio: readonly [number, number];
}

/** Samples a box of random area and aspect ratio; after ten misfits, the largest centred box, as in torchvision. */
function drawBox(random: Random, shape: Shape, { scale, ratio }: CropRange): Box {
  const area = shape.height * shape.width;
  for (let attempt = 0; attempt < 10; attempt++) {
    const target = area * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const width = Math.round(Math.sqrt(target * aspect)), height = Math.round(Math.sqrt(target / aspect));
    if (width < 1 || height < 1 || width > shape.width || height > shape.height) continue;
    const top = random.integer(0, shape.height - height), left = random.integer(0, shape.width - width);
    return { top, left, height, width };
  }
  const aspect = Math.min(ratio[1], Math.max(ratio[0], shape.width / shape.height));
  const height = Math.max(1, Math.min(shape.height, Math.round(shape.width / aspect)));
  const width = Math.max(1, Math.min(shape.width, Math.round(shape.height * aspect)));
  return { top: (shape.height - height) >> 1, left: (shape.width - width) >> 1, height, width };
}

function cropMap(box: Box, target: Shape): CoordinateMap {
  const { shape, steps } = resizeMap(box, target);
  return { shape, steps: [...steps, { kind: "affine", matrix: [1, 0, box.left, 0, 1, box.top] }] };
}

const rangeParam = z.tuple([z.number().positive(), z.number().positive()]);

export default defineAugmentation({
  name: "RandomResizedCrop",
  about: "Cut a random part out and resize it",
  nature: "resize",
  cost: 4,
  params: z.strictObject({
    height: z.int().min(1).nullable().default(null).describe("New height; the picture's own when null"),
    width: z.int().min(1).nullable().default(null).describe("New width; the picture's own when null"),
    scale: rangeParam.default([0.08, 1]).describe("Lowest and highest part of the area that is kept"),
    ratio: rangeParam.default([0.75, 4 / 3]).describe(
      "Lowest and highest width divided by height of the part",
    ),
    ...commonParamsAlways,
  }),
  create(params) {
    const targetOf = (shape: Shape): Shape => ({
      height: params.height ?? shape.height,
      width: params.width ?? shape.width,
    });
    return augmentation(
      params,
      anyDepth({
        draw: (random, pixels) => ({ ...drawBox(random, pixels, params) }),
        apply(pixels, box) {
          const { height, width } = targetOf(pixels);
          return resize(crop(pixels, box), height, width);
        },
        map: (shape, box) => cropMap(box, targetOf(shape)),
      }),
    );
  },
});
