/** A picture: uint8 in rows of `[height, width, channels]`, any number of channels. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
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
