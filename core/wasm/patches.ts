/** How a window moves over a picture, in pixels; rows are `[batch, height, width, channels]` in C order. */
export interface PatchGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Calls `visit` for each run of values that a picture and its patch matrix share, in one fixed order. */
function eachRow(geometry: PatchGeometry, visit: (row: PatchRow) => void): void {
  const { height, width, channels, kernelHeight, kernelWidth } = geometry;
  const columns = kernelHeight * kernelWidth * channels;
  for (let outY = 0; outY < geometry.outHeight; outY++) {
    for (let outX = 0; outX < geometry.outWidth; outX++) {
      const x = outX * geometry.strideWidth - geometry.left;
      const first = Math.max(0, -x), last = Math.min(kernelWidth, width - x);
      const patch = (outY * geometry.outWidth + outX) * columns;
      for (let tapY = 0; tapY < kernelHeight; tapY++) {
        const y = outY * geometry.strideHeight - geometry.top + tapY;
        const inside = y >= 0 && y < height && last > first;
        const start = patch + tapY * kernelWidth * channels;
        visit({
          start,
          end: start + kernelWidth * channels,
          from: inside ? start + first * channels : start + kernelWidth * channels,
          to: inside ? start + last * channels : start + kernelWidth * channels,
          pixel: (y * width + x + first) * channels,
        });
      }
    }
  }
}

/** One row of a patch: `start..end` in the matrix, of which `from..to` lies inside the picture, at `pixel`. */
interface PatchRow {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
  readonly pixel: number;
}

/**
 * Writes one picture as a matrix of patches `[outHeight * outWidth, kernelHeight * kernelWidth * channels]`; what lies
 * outside the picture is zero.
 */
export function gatherPatches(picture: Float32Array, patches: Float32Array, geometry: PatchGeometry): void {
  eachRow(geometry, ({ start, end, from, to, pixel }) => {
    if (from > start) patches.fill(0, start, from);
    if (to > from) patches.set(picture.subarray(pixel, pixel + to - from), from);
    if (end > to) patches.fill(0, to, end);
  });
}

/** Adds a matrix of patches onto a picture: the transpose of {@link gatherPatches}. */
export function scatterPatches(patches: Float32Array, picture: Float32Array, geometry: PatchGeometry): void {
  eachRow(geometry, ({ from, to, pixel }) => {
    for (let i = from, at = pixel; i < to; i++, at++) picture[at]! += patches[i]!;
  });
}
