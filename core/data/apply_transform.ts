import { type AnyPixels, isDeep } from "../base/pixels.ts";
import { configProblem } from "../base/problem.ts";
import type { Random } from "../base/random.ts";
import type { Transform } from "../plugin/contracts.ts";

/**
 * Network input from a picture of either depth.
 *
 * @throws a config problem when the picture has 16 bits and the transform works at 8 alone
 */
export function applyTransform(transform: Transform, pixels: AnyPixels, random: Random): Float32Array {
  if (!isDeep(pixels)) return transform.apply(pixels, random);
  if (transform.applyDeep) return transform.applyDeep(pixels, random);
  throw configProblem(
    "Cannot transform a 16-bit picture: the transform works at 8 bits alone",
    "Set data.depth to 8, or name another transform",
  );
}
