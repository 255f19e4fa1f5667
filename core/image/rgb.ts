import type { Pixels } from "../base/pixels.ts";

/** A picture as screens show it: one channel as gray, a fourth one as yellow light, further ones left out. */
export function toRgb(pixels: Pixels): Pixels {
  const { data, height, width, channels } = pixels;
  if (channels === 1 || channels === 3) return pixels;
  const rgb = new Uint8Array(height * width * 3);
  for (let p = 0; p < height * width; p++) {
    const yellow = channels === 4 ? data[p * 4 + 3]! / 2 : 0;
    for (let c = 0; c < 3; c++) {
      const value = c < channels ? data[p * channels + c]! : 0;
      rgb[p * 3 + c] = Math.min(255, value + (c < 2 ? yellow : 0));
    }
  }
  return { data: rgb, height, width, channels: 3 };
}
