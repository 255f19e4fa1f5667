import type { DeepPixels } from "../../../core/base/pixels.ts";
import { Random } from "../../../core/base/random.ts";

/** A gray picture of random 16-bit samples. */
export function randomDeep(seed: number, shape: { height: number; width: number }): DeepPixels {
  const random = new Random(seed, "deep");
  const data = new Uint16Array(shape.height * shape.width).map(() => random.integer(0, 65535));
  return { data, ...shape, channels: 1 };
}

/** An uncompressed 16-bit TIFF of a gray picture, little endian. */
export function grayTiff({ data, height, width }: DeepPixels): Uint8Array<ArrayBuffer> {
  const tags = [
    [256, width],
    [257, height],
    [258, 16],
    [259, 1],
    [262, 1],
    [273, 134],
    [277, 1],
    [278, height],
    [279, 2 * data.length],
    [339, 1],
  ];
  const file = new Uint8Array(134 + 2 * data.length), view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, tags.length, 0]);
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    view.setUint16(at, tag!, true);
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, value!, true);
  }
  for (const [i, sample] of data.entries()) view.setUint16(134 + 2 * i, sample, true);
  return file;
}
