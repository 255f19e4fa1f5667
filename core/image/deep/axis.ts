/** For each output position its two samples and, as float32, how far it lies from the lower to the higher one. */
export interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly fraction: Float32Array;
}

/** Where the samples of a resized axis come from, as OpenCV rounds it; `keepFraction` for rows, not for columns. */
export function makeAxis(source: number, target: number, keepFraction: boolean): Axis {
  const scale = 1 / (target / source);
  const axis: Axis = {
    low: new Int32Array(target),
    high: new Int32Array(target),
    fraction: new Float32Array(target),
  };
  for (let i = 0; i < target; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    let index = Math.floor(position);
    let fraction = Math.fround(position - index);
    if (!keepFraction && index < 0) [index, fraction] = [0, 0];
    if (!keepFraction && index >= source - 1) [index, fraction] = [source - 1, 0];
    axis.low[i] = Math.min(Math.max(index, 0), source - 1);
    axis.high[i] = Math.min(Math.max(index + 1, 0), source - 1);
    axis.fraction[i] = fraction;
  }
  return axis;
}
