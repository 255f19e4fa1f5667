/** A picture: uint8 in rows of `[height, width, channels]`, any number of channels. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Height and width of a picture. */
export interface Shape {
  readonly height: number;
  readonly width: number;
}
