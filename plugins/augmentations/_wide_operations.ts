import {
  adjustBrightness,
  adjustColour,
  adjustContrast,
  adjustSharpness,
  type Affine,
  type AnyPixels,
  autocontrast,
  equalize,
  posterize,
  rotationMatrix,
  solarize,
  warpAffine,
} from "../../plugin.ts";

/** Number of magnitude bins in RandAugment and TrivialAugment. */
export const BINS = 31;

/** Applies an operation at a magnitude. */
type Apply = <Picture extends AnyPixels>(pixels: Picture, magnitude: number) => Picture;

/** Maximum magnitude of each operation; signed operations get a random sign. */
export interface Strengths {
  readonly shear: number;
  /** In pixels, as a function of the image side. */
  readonly translate: (side: number) => number;
  readonly rotate: number;
  readonly enhance: number;
  /** Number of bits that posterisation removes at most. */
  readonly posterize: number;
}

function shear<Picture extends AnyPixels>(pixels: Picture, x: number, y: number): Picture {
  const middleX = (pixels.width - 1) / 2, middleY = (pixels.height - 1) / 2;
  const matrix: Affine = [1, x, -x * middleY, y, 1, -y * middleX];
  return warpAffine(pixels, matrix);
}

function rotate<Picture extends AnyPixels>(pixels: Picture, angle: number): Picture {
  return warpAffine(
    pixels,
    rotationMatrix([(pixels.width - 1) / 2, (pixels.height - 1) / 2], { angle, scale: 1 }),
  );
}

/** The operations by name; `signed` ones take magnitudes from -1 to 1, the others from 0 to 1. */
export function wideOperations(strengths: Strengths): ReadonlyMap<string, { signed: boolean; apply: Apply }> {
  const { translate, enhance } = strengths;
  const signed = (apply: Apply) => ({ signed: true, apply });
  const unsigned = (apply: Apply) => ({ signed: false, apply });
  return new Map([
    ["Identity", unsigned((pixels) => pixels)],
    ["ShearX", signed((pixels, m) => shear(pixels, m * strengths.shear, 0))],
    ["ShearY", signed((pixels, m) => shear(pixels, 0, m * strengths.shear))],
    ["TranslateX", signed((pixels, m) => warpAffine(pixels, [1, 0, m * translate(pixels.width), 0, 1, 0]))],
    ["TranslateY", signed((pixels, m) => warpAffine(pixels, [1, 0, 0, 0, 1, m * translate(pixels.height)]))],
    ["Rotate", signed((pixels, m) => rotate(pixels, m * strengths.rotate))],
    ["Brightness", signed((pixels, m) => adjustBrightness(pixels, 1 + m * enhance))],
    ["Color", signed((pixels, m) => adjustColour(pixels, 1 + m * enhance))],
    ["Contrast", signed((pixels, m) => adjustContrast(pixels, 1 + m * enhance))],
    ["Sharpness", signed((pixels, m) => adjustSharpness(pixels, 1 + m * enhance))],
    ["Posterize", unsigned((pixels, m) => posterize(pixels, 8 - Math.round(m * strengths.posterize)))],
    ["Solarize", unsigned((pixels, m) => solarize(pixels, 255 * (1 - m)))],
    ["AutoContrast", unsigned((pixels) => autocontrast(pixels))],
    ["Equalize", unsigned((pixels) => equalize(pixels))],
  ]);
}
