import type { StoredTensor } from "../../core/weights/safetensors.ts";

/** Uniform numbers in [-1, 1), the same as `noise` of models_reference.py. */
export function noise(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const unit of new TextEncoder().encode(name)) seed = Math.imul(seed ^ unit, 0x01000193);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = (Math.imul(i + 1, 0x9e3779b1) + seed) | 0;
    x = Math.imul(x ^ (x >>> 15), 0x85ebca77);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae3d);
    values[i] = ((x ^ (x >>> 16)) >>> 0) / 2147483648 - 1;
  }
  return values;
}

/** A weight of the formula, the same as `value_of` of models_reference.py. */
export function formulaWeight(name: string, shape: readonly number[]): StoredTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  const [offset, scale] = spread(name, shape);
  const values = new Float32Array(count);
  noise(name, count).forEach((value, i) => values[i] = offset + scale * value);
  return { dtype: "F32", shape, data: new Uint8Array(values.buffer) };
}

/** Kept small, or dozens of residual blocks would add up to huge activations. */
const LAST_OF_BLOCK =
  /^(layer\d\.\d+\.bn[23]|features\.\d\.\d+\.block\.[23]\.1|blocks\.\d\.[1-9]\d*\.(bn[23]|pw_proj\.bn))\.weight$/;

function spread(name: string, shape: readonly number[]): [offset: number, scale: number] {
  if (name.endsWith("layer_scale") || name.endsWith(".gamma")) return [0.5, 0.2];
  if (name === "cls_token" || name === "reg_token" || name === "pos_embed") return [0, 0.5];
  if (shape.length >= 2) {
    return [
      0,
      Math.sqrt(6 / shape.slice(1).reduce((product, side) => product * side, 1)),
    ];
  }
  if (name.endsWith("running_var")) return [1, 0.3];
  if (LAST_OF_BLOCK.test(name)) return [0.2, 0.1];
  return name.endsWith("weight") ? [1, 0.2] : [0, 0.1];
}

/** The picture of the formula, `[batch, size, size, channels]`; PyTorch's has the channels first. */
export function formulaPicture(
  size: number,
  { batch, channels }: { batch: number; channels: number },
): Float32Array {
  const first = noise(`input.${size}`, batch * channels * size * size);
  const last = new Float32Array(first.length);
  const area = size * size;
  for (let image = 0; image < batch; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let at = 0; at < area; at++) {
        last[(image * area + at) * channels + channel] = first[(image * channels + channel) * area + at]!;
      }
    }
  }
  return last;
}

/** The labels of the formula. */
export function formulaLabels(batch: number, classes: number): Float32Array {
  return Float32Array.from(noise("labels", batch * classes), (value) => value > 0.2 ? 1 : 0);
}
