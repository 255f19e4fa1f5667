import { z } from "zod";
import type { Random } from "../../plugin.ts";

/** Range of blur kernel sizes; a single number L means 3, 5, ... up to L. */
export const blurLimitParam = z.union([
  z.int().min(3),
  z.tuple([z.int().min(3), z.int().min(3)]).refine(([low, high]) => low % 2 === 1 && low <= high, {
    error: "The first must be odd and not above the second",
  }),
]).default(7).describe("Largest side of the kernel, or [smallest, largest]; sides are odd");

/** Samples a kernel size within the limit. */
export function drawKernelSize(random: Random, limit: number | readonly [number, number]): number {
  const [low, high] = typeof limit === "number" ? [3, limit] : limit;
  return low + 2 * random.integer(0, Math.floor((high - low) / 2));
}
