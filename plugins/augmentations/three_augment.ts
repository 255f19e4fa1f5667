import { z } from "zod";
import { adjustColour, type AnyPixels, defineAugmentation, gaussianBlur, solarize } from "../../plugin.ts";
import { anyDepth, augmentation, commonParamsAlways } from "./_operation.ts";

type Apply = <Picture extends AnyPixels>(pixels: Picture, sigma: number) => Picture;

const OPERATIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ["Grayscale", (pixels) => adjustColour(pixels, 0)],
  ["Solarize", (pixels) => solarize(pixels, 128)],
  ["GaussianBlur", (pixels, sigma) => gaussianBlur(pixels, sigma)],
]);
const NAMES = [...OPERATIONS.keys()];

/**
 * 3-Augment: grayscale, solarisation from 128 on or a blur of 0.1 to 2 pixels, as likely as each other. Grayscale gives
 * every channel the luma of three channels, or the mean of any other number of them; one channel stays as it is.
 *
 * Source: Touvron et al., "DeiT III: Revenge of the ViT", 2022; `augment.py` of facebookresearch/deit.
 */
export default defineAugmentation({
  name: "ThreeAugment",
  about:
    "Grayscale, solarisation or gaussian blur (3-Augment of DeiT III); blurs up to 2 pixels, so put it behind a crop",
  nature: "pixelwise",
  cost: 11,
  params: z.strictObject(commonParamsAlways),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: (random) => ({ name: random.choice(NAMES), sigma: random.uniform(0.1, 2) }),
        apply: (pixels, { name, sigma }) => OPERATIONS.get(name)!(pixels, sigma),
      }),
    ),
});
