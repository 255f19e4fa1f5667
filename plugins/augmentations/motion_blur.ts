import { z } from "zod";
import { defineAugmentation, linePoints, meanOfTaps, type Random } from "../../plugin.ts";
import { blurLimitParam, drawKernelSize } from "./_kernel_size.ts";
import { anyDepth, augmentation, commonParams, SEARCHED_P } from "./_operation.ts";

/** Samples two distinct points of the kernel, as albumentations does. */
function drawLine(random: Random, size: number) {
  const coordinate = () => random.integer(0, size - 1);
  const from = coordinate(), to = coordinate();
  const all = Array.from({ length: size }, (_, i) => i);
  const [top, bottom] = from === to ? random.sample(all, 2) : [coordinate(), coordinate()];
  return { size, from: [from, top!], to: [to, bottom!] };
}

export default defineAugmentation({
  name: "MotionBlur",
  about: "Mean along a random short line",
  nature: "kernel",
  cost: 8,
  space: { blur_limit: [3, 5], p: SEARCHED_P },
  params: z.strictObject({ blur_limit: blurLimitParam, ...commonParams }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: (random) => drawLine(random, drawKernelSize(random, params.blur_limit)),
        apply(pixels, { size, from, to }) {
          const radius = size >> 1;
          const line = linePoints({ x: from[0]!, y: from[1]! }, { x: to[0]!, y: to[1]! });
          return meanOfTaps(pixels, line.map(({ x, y }) => ({ x: x - radius, y: y - radius })), radius);
        },
      }),
    ),
});
