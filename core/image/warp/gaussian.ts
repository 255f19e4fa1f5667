/** Numbers in rows of `[height, width]`. */
export interface Field {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** Weights of SciPy's gaussian from the centre outwards: cut off at four deviations, their mirrored sum is 1. */
export function gaussianWeights(sigma: number): Float64Array<ArrayBuffer> {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Float64Array.from(
    { length: radius + 1 },
    (_, i) => Math.exp(-0.5 / (sigma * sigma) * i * i),
  );
  const sum = weights.reduce((total, weight) => total + 2 * weight, -weights[0]!);
  return weights.map((weight) => weight / sum);
}

/** Index of a sample beyond the ends of a row, mirrored with the end repeated: SciPy's mode "reflect". */
export function reflectHalf(index: number, length: number): number {
  const period = 2 * length;
  const inside = ((index % period) + period) % period;
  return inside < length ? inside : period - 1 - inside;
}

/** The rows of a field filtered, and the result transposed, so that two passes filter both axes. */
function filterTransposed(field: Field, weights: Float64Array): Field {
  const { data, height, width } = field;
  const radius = weights.length - 1;
  const padded = new Float64Array(width + 2 * radius);
  const out = new Float64Array(data.length);
  const mirrored = Int32Array.from({ length: padded.length }, (_, i) => reflectHalf(i - radius, width));
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let i = 0; i < padded.length; i++) padded[i] = data[start + mirrored[i]!]!;
    for (let x = 0; x < width; x++) {
      const center = x + radius;
      let sum = padded[center]! * weights[0]!;
      // SciPy adds from the outermost pair inwards; so the last bit agrees.
      for (let i = radius; i > 0; i--) sum += (padded[center - i]! + padded[center + i]!) * weights[i]!;
      out[x * height + y] = sum;
    }
  }
  return { data: out, height: width, width: height };
}

function transposeField({ data, height, width }: Field): Field {
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]!;
  return { data: out, height: width, width: height };
}

/**
 * A field smoothed by a gaussian, `scipy.ndimage.gaussian_filter` with its defaults: columns first, then rows, in
 * float64, cut off at four deviations, borders mirrored.
 *
 * @param sigma standard deviation in samples; 0 leaves the field as it is
 */
export function gaussianFilter(field: Field, sigma: number): Field {
  if (sigma <= 1e-15) return field;
  const weights = gaussianWeights(sigma);
  return transposeField(filterTransposed(filterTransposed(transposeField(field), weights), weights));
}
