import type { Random } from "../base/random.ts";
import type { Pixels } from "../base/pixels.ts";

const TILE = 256;

/** Smoothstep: 0 below `low`, 1 above `high`; falling if `low` is above `high`. */
export function ramp(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** Gaussian bell of height 1 and the given width around 0. */
export function bell(value: number, width: number): number {
  const scaled = value / width;
  return Math.exp(-scaled * scaled);
}

/** A shared tile of Gaussian noise; each image uses its own offset. Cheap and deterministic. */
export class Grain {
  readonly #tile = new Float32Array(TILE * TILE);

  constructor(random: Random) {
    for (let i = 0; i < this.#tile.length; i++) this.#tile[i] = random.normal();
  }

  /** The noise at a pixel, for an image (and channel) with the given offset into the tile. */
  at(x: number, y: number, offset: number): number {
    const row = (y + (offset >>> 8)) % TILE;
    return this.#tile[row * TILE + (x + (offset & 255)) % TILE]!;
  }
}

/** Value noise in [0, 1]: random values on a grid of `cells` by `cells`, smoothly interpolated. */
export class Clouds {
  readonly #values: Float32Array;

  constructor(random: Random, readonly cells: number) {
    this.#values = Float32Array.from({ length: (cells + 1) * (cells + 1) }, () => random.next());
  }

  /** The value at a point; both coordinates in [0, 1]. */
  at(u: number, v: number): number {
    const [x, y] = [u * this.cells, v * this.cells];
    const [column, row] = [Math.min(this.cells - 1, Math.floor(x)), Math.min(this.cells - 1, Math.floor(y))];
    const [s, t] = [ramp(0, 1, x - column), ramp(0, 1, y - row)];
    const first = row * (this.cells + 1) + column;
    const top = this.#values[first]! * (1 - s) + this.#values[first + 1]! * s;
    const below = first + this.cells + 1;
    const bottom = this.#values[below]! * (1 - s) + this.#values[below + 1]! * s;
    return top * (1 - t) + bottom * t;
  }
}

/** Shades every pixel: `colour` writes one value in [0, 1] per channel to its first argument. */
export function paint(
  shape: { readonly size: number; readonly channels: number },
  colour: (values: Float64Array, x: number, y: number) => void,
): Pixels {
  const { size, channels } = shape;
  const data = new Uint8Array(size * size * channels);
  const values = new Float64Array(channels);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      colour(values.fill(0), x, y);
      for (let c = 0; c < channels; c++) data[at++] = Math.round(255 * Math.min(1, Math.max(0, values[c]!)));
    }
  }
  return { data, height: size, width: size, channels };
}
