import { MersenneTwister } from "../../base/mersenne_twister.ts";
import type { Affine } from "./coordinate_map.ts";
import type { AnyPixels, Shape } from "../../base/pixels.ts";
import { affineFromPoints, type Point } from "./affine_points.ts";
import { displacedCoordinates } from "./displacement.ts";
import type { Field } from "./gaussian.ts";
import { remapFixed, warpAffine } from "./remap.ts";

/** Settings of the elastic deformation. */
export interface ElasticOptions {
  /** Strength of the displacement field in pixels before smoothing. */
  readonly alpha: number;
  /** Smoothness of the field: deviation of the gaussian in pixels. */
  readonly sigma: number;
  /** Largest move of the three points that set the affine part, in pixels. */
  readonly alphaAffine: number;
  /** Seed of NumPy's legacy RandomState that all of it is drawn from. */
  readonly seed: number;
}

/** The affine part: three points of a square about the centre are moved at random. */
function randomAffine(shape: Shape, options: ElasticOptions, random: MersenneTwister): Affine {
  // albumentations takes (height, width) for (x, y) here; kept, so that the same seed gives the same picture.
  const x = Math.floor(shape.height / 2), y = Math.floor(shape.width / 2);
  const reach = Math.floor(Math.min(shape.height, shape.width) / 3);
  const source: [Point, Point, Point] = [[x + reach, y + reach], [x + reach, y - reach], [
    x - reach,
    y - reach,
  ]];
  const low = -options.alphaAffine, span = 2 * options.alphaAffine;
  const moved = (coordinate: number) => Math.fround(coordinate + Math.fround(low + span * random.double()));
  const target = source.map(([a, b]): Point => [moved(a), moved(b)]);
  return affineFromPoints(source, target as [Point, Point, Point]);
}

function uniformNoise({ height, width }: Shape, random: MersenneTwister): Field {
  const data = new Float64Array(height * width);
  for (let i = 0; i < data.length; i++) data[i] = random.double() * 2 - 1;
  return { data, height, width };
}

/**
 * A picture deformed by a random affine map and a smooth random field (Simard et al., 2003), byte for byte albumentations
 * 0.1.8's `elastic_transform_fast` with `np.random.RandomState(seed)` over OpenCV 4.6 and SciPy.
 */
export function elasticTransform<Picture extends AnyPixels>(
  pixels: Picture,
  options: ElasticOptions,
): Picture {
  const random = new MersenneTwister(options.seed);
  const bent = warpAffine(pixels, randomAffine(pixels, options, random));
  const { alpha, sigma } = options;
  const x = displacedCoordinates(uniformNoise(pixels, random), { alpha, sigma, axis: "x" });
  const y = displacedCoordinates(uniformNoise(pixels, random), { alpha, sigma, axis: "y" });
  return remapFixed(bent, { x, y });
}

/** The affine part of an elastic deformation alone, from source to result. */
export function elasticAffine(shape: Shape, options: ElasticOptions): Affine {
  return randomAffine(shape, options, new MersenneTwister(options.seed));
}

/**
 * Whether the displacement is too small to be seen: four deviations of smoothed noise are below 1/32 pixel. Leaving it
 * out then changes at most 0.05 % of the pixels, by at most 2 levels.
 */
export function fieldIsInvisible({ alpha, sigma }: Pick<ElasticOptions, "alpha" | "sigma">): boolean {
  const deviation = Math.sqrt(1 / 3) / (2 * Math.sqrt(Math.PI) * Math.max(sigma, 0.5));
  return 4 * alpha * deviation < 1 / 32;
}
