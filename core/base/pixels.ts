/** Bits of a sample. */
export type Depth = 8 | 16;

/** A picture: in rows of `[height, width, channels]`, any number of channels; uint8 where nothing else is said. */
export interface Pixels<Samples extends Uint8Array | Uint16Array = Uint8Array> {
  readonly data: Samples;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A picture of 16 bits a sample; 257 stands for 1 of 8 bits, so that white is white. */
export type DeepPixels = Pixels<Uint16Array>;

/** A picture of 8 or 16 bits a sample. */
export type AnyPixels = Pixels | DeepPixels;

/** Whether a picture has 16 bits a sample. */
export function isDeep(pixels: AnyPixels): pixels is DeepPixels {
  return pixels.data instanceof Uint16Array;
}

/** One channel of a picture, as a picture of its own. */
export function channelOf({ data, height, width, channels }: Pixels, channel: number): Pixels {
  const plane = new Uint8Array(height * width);
  for (let i = 0, p = channel; i < plane.length; i++, p += channels) plane[i] = data[p]!;
  return { data: plane, height, width, channels: 1 };
}

/** Height and width of a picture. */
export interface Shape {
  readonly height: number;
  readonly width: number;
}
