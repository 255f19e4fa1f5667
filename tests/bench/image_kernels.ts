import { elasticAffine, elasticTransform } from "../../core/image/warp/elastic.ts";
import { boxBlur, meanOfTaps } from "../../core/image/filter.ts";
import { remap, rotationMatrix, warpAffine } from "../../core/image/warp/remap.ts";
import { resize } from "../../core/image/resize.ts";
import type { Pixels } from "../../core/base/pixels.ts";

/** A kernel's time on 512 x 512 x 4 bytes in one thread; `limit` is what it has to stay below. */
export interface KernelTime {
  readonly what: string;
  readonly milliseconds: number;
  readonly limit: number;
}

const SIDE = 512;

function wavyMaps(): { x: Float32Array; y: Float32Array } {
  const x = Float32Array.from({ length: SIDE * SIDE }, (_, i) => i % SIDE + 3 * Math.sin(i / 1000));
  const y = Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => Math.floor(i / SIDE) + 3 * Math.cos(i / 700),
  );
  return { x, y };
}

function kernels(pixels: Pixels): readonly [string, number, () => unknown][] {
  const maps = wavyMaps();
  const matrix = rotationMatrix([SIDE / 2, SIDE / 2], { angle: 20, scale: 1 });
  const elastic = { alpha: 1, sigma: 50, alphaAffine: 50, seed: 3 };
  const taps = [[-2, -1], [-1, -1], [0, 0], [1, 1], [2, 1]].map(([x, y]) => ({ x: x!, y: y! }));
  return [
    ["remap", 6, () => remap(pixels, maps)],
    ["warpAffine", 5, () => warpAffine(pixels, matrix)],
    ["box blur 5", 3, () => boxBlur(pixels, 5)],
    ["motion blur, 5 taps", 3, () => meanOfTaps(pixels, taps, 2)],
    ["resize to 224", 1, () => resize(pixels, 224, 224)],
    ["elastic, faithful", 40, () => elasticTransform(pixels, elastic)],
    ["elastic, fast", 12, () => warpAffine(pixels, elasticAffine(pixels, elastic))],
  ];
}

/** Least time of each kernel. */
export function timeKernels(pixels: Pixels, repeats: number): KernelTime[] {
  return kernels(pixels).map(([what, limit, run]) => {
    const times = Array.from({ length: repeats }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    return { what, milliseconds: Math.min(...times), limit };
  });
}
