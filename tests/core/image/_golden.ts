import type { Pixels } from "../../../core/base/pixels.ts";

/** The picture that tests/golden/augmentations.py makes: bytes of a linear congruential generator, a dark corner. */
export function goldenPicture(height: number, width: number, channels: number): Pixels {
  const data = new Uint8Array(height * width * channels);
  let state = height * 65536 + width * 16 + channels;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const pixel = Math.floor(i / channels);
    const dark = pixel < Math.floor(height / 3) * width && pixel % width < Math.floor(width / 2);
    data[i] = dark ? 0 : state >>> 24;
  }
  return { data, height, width, channels };
}

/** The first 16 hex digits of SHA-256 over the shape and the bytes. */
export async function pixelDigest({ data, height, width, channels }: Pixels): Promise<string> {
  const shape = new TextEncoder().encode(`${height}x${width}x${channels}`);
  const bytes = new Uint8Array(shape.length + data.length);
  bytes.set(shape);
  bytes.set(data, shape.length);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 16);
}
