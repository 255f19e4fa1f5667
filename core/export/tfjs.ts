import * as tf from "@tensorflow/tfjs";
import type { ActivationName } from "../nn/layers/activations.ts";
import { adaptiveShares } from "../nn/layers/average_pooling.ts";
import { dataProblem } from "../base/problem.ts";
import { modelWeights } from "../weights/model_weights.ts";
import { denseFilters } from "./dense_filters.ts";
import type {
  Attention,
  Convolution,
  Emitter,
  LinearMap,
  Normalisation,
  Pool,
  ResponseNormalisation,
  TokenValues,
} from "./emitter.ts";
import { traceModel } from "./trace_model.ts";

type Tensor = tf.SymbolicTensor;

/** TensorFlow.js names of the activations. */
const ACTIVATIONS = { relu: "relu", sigmoid: "sigmoid", silu: "swish", gelu: "gelu" } as const;

/** What is as good as 0 beside any norm, while its square is still a float32. */
const TINY = 1e-9;
/** Below the square of {@link TINY}: it only keeps a layer normalisation from dividing by 0. */
const LEAST_VARIANCE = 1e-30;

function turned(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** Emits built-in TensorFlow.js layers, channels last. */
class LayersEmitter implements Emitter<Tensor> {
  picture: Tensor | undefined;
  /** Ids of non-negative tensors (ReLU outputs), which may be zero-padded before max pooling. */
  readonly #neverNegative = new Set<number>();

  #apply(layer: tf.layers.Layer, x: Tensor | Tensor[], weights: readonly WeightValues[] = []): Tensor {
    const made = layer.apply(x) as Tensor;
    if (weights.length === 0) return made;
    const tensors = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
    layer.setWeights(tensors);
    tf.dispose(tensors);
    return made;
  }

  input(shape: readonly [number, number, number]): Tensor {
    return this.picture = tf.input({ shape: [...shape], name: "image" });
  }

  #pad(x: Tensor, name: string, [top, bottom, left, right]: Pool["pads"]): Tensor {
    if (top + bottom + left + right === 0) return x;
    return this.#apply(
      tf.layers.zeroPadding2d({ name: `${name}.pad`, padding: [[top, bottom], [left, right]] }),
      x,
    );
  }

  convolution(x: Tensor, at: Convolution): Tensor {
    const { name, bias } = at;
    const { depthwise, shape, values } = denseFilters(at);
    const padded = this.#pad(x, name, at.pads);
    const settings = {
      name,
      kernelSize: [shape[0], shape[1]] as [number, number],
      strides: [...at.stride] as [number, number],
      padding: "valid" as const,
      useBias: bias !== null,
    };
    const layer = depthwise
      ? tf.layers.depthwiseConv2d(settings)
      : tf.layers.conv2d({ ...settings, filters: shape[3] });
    const weights = [{ values, shape }, ...(bias ? [{ values: bias, shape: [bias.length] }] : [])];
    return this.#apply(layer, padded, weights);
  }

  linear(x: Tensor, { name, weight, shape: [outputs, inputs], bias }: LinearMap): Tensor {
    const kernel = { values: turned(weight, outputs, inputs), shape: [inputs, outputs] };
    return this.#apply(tf.layers.dense({ name, units: outputs }), x, [kernel, {
      values: bias,
      shape: [outputs],
    }]);
  }

  #reshape(x: Tensor, name: string, targetShape: number[]): Tensor {
    return this.#apply(tf.layers.reshape({ name, targetShape }), x);
  }

  mapToTokens(
    x: Tensor,
    { name, positions, channels }: { name: string; positions: number; channels: number },
  ): Tensor {
    return this.#reshape(x, name, [positions, channels]);
  }

  prependTokens(
    x: Tensor,
    { name, values, count, tokens, channels }: TokenValues & { count: number },
  ): Tensor {
    const rows = this.#reshape(x, `${name}.rows`, [tokens, 1, channels]);
    const padded = this.#pad(rows, `${name}.front`, [count, 0, 0, 0]);
    const front = new Float32Array((count + tokens) * channels);
    front.set(values);
    return this.addPositions(padded, { name, values: front, tokens: count + tokens, channels });
  }

  /** No built-in layer adds a constant of tokens and channels; a depthwise convolution of one pixel has a bias. */
  addPositions(x: Tensor, { name, values, tokens, channels }: TokenValues): Tensor {
    const flat = this.#reshape(x, `${name}.flat`, [1, 1, tokens * channels]);
    const ones = { values: new Float32Array(values.length).fill(1), shape: [1, 1, values.length, 1] };
    const layer = tf.layers.depthwiseConv2d({ name: `${name}.bias`, kernelSize: 1 });
    const added = this.#apply(layer, flat, [ones, { values, shape: [values.length] }]);
    return this.#reshape(added, name, [tokens, channels]);
  }

  firstToken(
    x: Tensor,
    { name, tokens, channels }: { name: string; tokens: number; channels: number },
  ): Tensor {
    const rows = this.#reshape(x, `${name}.rows`, [tokens, 1, channels]);
    const cropping: [[number, number], [number, number]] = [[0, tokens - 1], [0, 0]];
    return this.#reshape(
      this.#apply(tf.layers.cropping2D({ name: `${name}.cropped`, cropping }), rows),
      name,
      [channels],
    );
  }

  /** The built-in batched product has three axes: every head has layers of its own. */
  selfAttention(x: Tensor, { name, qkv, heads }: Attention): Tensor {
    const [outputs, inputs] = qkv.shape;
    const size = outputs / 3 / heads;
    const attended = Array.from({ length: heads }, (_, head) => {
      const path = `${name}.${head}`;
      const [queries, keys, values] = ["q", "k", "v"].map((part, index) => {
        const start = (index * heads + head) * size;
        const weight = qkv.weight.subarray(start * inputs, (start + size) * inputs);
        const bias = qkv.bias.subarray(start, start + size);
        return this.linear(x, { name: `${path}.${part}`, weight, bias, shape: [size, inputs], rank: 3 });
      }) as [Tensor, Tensor, Tensor];
      const scores = this.#dot([queries, keys], { name: `${path}.scores`, axes: [2, 2] });
      const weights = this.#apply(tf.layers.softmax({ name: `${path}.weights`, axis: -1 }), scores);
      return this.#dot([weights, values], { name: path, axes: [2, 1] });
    });
    return heads === 1 ? attended[0]! : this.concatenate(attended, { name });
  }

  #dot(pair: Tensor[], at: { name: string; axes: [number, number] }): Tensor {
    return this.#apply(tf.layers.dot(at) as tf.layers.Layer, pair);
  }

  /** Multiplies the last axis by a constant matrix `[length, units]`. */
  #product(x: Tensor, name: string, matrix: WeightValues): Tensor {
    return this.#apply(tf.layers.dense({ name, units: matrix.shape[1]!, useBias: false }), x, [matrix]);
  }

  #permute(x: Tensor, name: string, dims: number[]): Tensor {
    return this.#apply(tf.layers.permute({ name, dims }), x);
  }

  pool(x: Tensor, { name, kind, kernel, stride, pads }: Pool): Tensor {
    if (kind === "max" && pads.some((zeros) => zeros > 0) && !this.#neverNegative.has(x.id)) {
      throw dataProblem(
        `Cannot export "${name}" for TensorFlow.js: it pads what may be negative in front of a max pool`,
      );
    }
    const settings = {
      name,
      poolSize: [kernel, kernel] as [number, number],
      strides: [stride, stride] as [number, number],
      padding: "valid" as const,
    };
    const layer = kind === "max" ? tf.layers.maxPooling2d(settings) : tf.layers.averagePooling2d(settings);
    return this.#apply(layer, this.#pad(x, name, pads));
  }

  adaptiveAverage(x: Tensor, at: { name: string; height: number; width: number; size: number }): Tensor {
    const { name, height, width, size } = at;
    const shares = (length: number) => ({
      values: turned(adaptiveShares(length, size), size, length),
      shape: [length, size],
    });
    const wide = this.#permute(x, `${name}.wide`, [1, 3, 2]);
    const along = this.#product(wide, `${name}.columns`, shares(width));
    const tall = this.#permute(along, `${name}.tall`, [3, 2, 1]);
    return this.#permute(this.#product(tall, `${name}.rows`, shares(height)), name, [3, 1, 2]);
  }

  globalAverage(x: Tensor, { name, keepSides }: { name: string; keepSides: boolean }): Tensor {
    const pooled = this.#apply(tf.layers.globalAveragePooling2d({ name }), x);
    if (!keepSides) return pooled;
    return this.#apply(
      tf.layers.reshape({ name: `${name}.sides`, targetShape: [1, 1, x.shape[3]!] }),
      pooled,
    );
  }

  activation(x: Tensor, { name, activation }: { name: string; activation: ActivationName }): Tensor {
    const made = this.#apply(tf.layers.activation({ name, activation: ACTIVATIONS[activation] }), x);
    if (activation === "relu") this.#neverNegative.add(made.id);
    return made;
  }

  merge(a: Tensor, b: Tensor, { name, operation }: { name: string; operation: "add" | "multiply" }): Tensor {
    const settings = { name: `${name}.merged` };
    const layer = operation === "add" ? tf.layers.add(settings) : tf.layers.multiply(settings);
    return this.#apply(layer as tf.layers.Layer, [a, b]);
  }

  concatenate(values: readonly Tensor[], { name }: { name: string }): Tensor {
    return this.#apply(tf.layers.concatenate({ name, axis: -1 }) as tf.layers.Layer, [...values]);
  }

  layerNorm(x: Tensor, { name, scale, shift, epsilon }: Normalisation): Tensor {
    const layer = tf.layers.layerNormalization({ name, axis: -1, epsilon });
    return this.#apply(layer, x, [scale, shift].map((values) => ({ values, shape: [values.length] })));
  }

  flatten(x: Tensor, { name }: { name: string }): Tensor {
    return this.#apply(tf.layers.flatten({ name }), x);
  }

  #perChannel(x: Tensor, name: string, { factor, shift }: { factor: number; shift?: Float32Array }): Tensor {
    const channels = x.shape[3]!;
    return this.convolution(x, {
      name,
      weight: new Float32Array(channels).fill(factor),
      shape: [channels, 1, 1, 1],
      bias: shift ?? null,
      stride: [1, 1],
      pads: [0, 0, 0, 0],
      groups: channels,
    });
  }

  #deviations(x: Tensor, name: string): Tensor {
    return this.#apply(tf.layers.layerNormalization({ name, axis: -1, epsilon: LEAST_VARIANCE }), x);
  }

  /**
   * Root mean square of each channel, `[channels]`. No built-in layer takes a root, but a layer normalisation divides by
   * one: x and -x together have the mean 0, so it makes x / rms of x, and the mean of their product is the rms.
   */
  #rootMeanSquares(x: Tensor, { name, positions }: ResponseNormalisation): Tensor {
    const negative = this.#perChannel(x, `${name}.negative`, { factor: -1 });
    const pair = this.#apply(tf.layers.concatenate({ name: `${name}.pair`, axis: 1 }) as tf.layers.Layer, [
      x,
      negative,
    ]);
    const targetShape = [2 * positions, x.shape[3]!];
    const rows = this.#apply(tf.layers.reshape({ name: `${name}.rows`, targetShape }), pair);
    const divided = this.#deviations(
      this.#permute(rows, `${name}.by_channel`, [2, 1]),
      `${name}.divided`,
    );
    const back = this.#permute(divided, `${name}.by_position`, [2, 1]);
    const product = this.merge(rows, back, { name: `${name}.product`, operation: "multiply" });
    return this.#apply(tf.layers.globalAveragePooling1d({ name: `${name}.rms` }), product);
  }

  /** `scale / (mean + epsilon)` for each channel: the normalisation of (TINY, -TINY, mean, -mean) divides by the mean. */
  #overMean(norms: Tensor, { name, scale }: ResponseNormalisation, epsilon: number): Tensor {
    const channels = scale.length;
    const kernel = Float32Array.from({ length: 4 * channels }, (_, i) => [0, 0, 1, -1][i % 4]! / channels);
    const mean = this.#apply(tf.layers.dense({ name: `${name}.mean`, units: 4 }), norms, [
      { values: kernel, shape: [channels, 4] },
      { values: Float32Array.of(TINY, -TINY, epsilon, -epsilon), shape: [4] },
    ]);
    const values = new Float32Array(4 * channels);
    values.set(scale.map((value) => value / (TINY * Math.SQRT2)));
    return this.#product(this.#deviations(mean, `${name}.inverse`), `${name}.over_mean`, {
      values,
      shape: [4, channels],
    });
  }

  globalResponseNorm(x: Tensor, at: ResponseNormalisation): Tensor {
    const { name, shift, epsilon, positions } = at;
    const norms = this.#rootMeanSquares(x, at);
    const overMean = this.#overMean(norms, at, epsilon / Math.sqrt(positions));
    const factors = this.merge(norms, overMean, { name: `${name}.factors`, operation: "multiply" });
    const targetShape = [1, 1, shift.length];
    const sides = this.#apply(tf.layers.reshape({ name: `${name}.sides`, targetShape }), factors);
    const scaled = this.merge(x, sides, { name: `${name}.scaled`, operation: "multiply" });
    const shifted = this.#perChannel(x, `${name}.shifted`, { factor: 1, shift });
    return this.merge(scaled, shifted, { name, operation: "add" });
  }

  attention(logits: Tensor, attention: Tensor, at: { name: string; side: number; classes: number }): Tensor {
    const { name, side, classes } = at;
    const positions = side * side;
    const flat = [logits, attention].map((x, i) =>
      this.#apply(tf.layers.reshape({ name: `${name}.flat${i}`, targetShape: [positions, classes] }), x)
    );
    const byClass = this.#permute(flat[1]!, `${name}.by_class`, [2, 1]);
    const softmax = this.#apply(tf.layers.softmax({ name: `${name}.softmax`, axis: -1 }), byClass);
    const weights = this.#permute(softmax, `${name}.weights`, [2, 1]);
    const weighted = this.#apply(tf.layers.multiply({ name: `${name}.weighted` }) as tf.layers.Layer, [
      flat[0]!,
      weights,
    ]);
    const mean = this.#apply(tf.layers.globalAveragePooling1d({ name: `${name}.mean` }), weighted);
    const values = new Float32Array(classes * classes);
    for (let i = 0; i < classes; i++) values[i * classes + i] = positions;
    return this.#product(mean, name, { values, shape: [classes, classes] });
  }
}

interface WeightValues {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Copies a model with built-in TensorFlow.js layers only and batch norms folded, so that plain TensorFlow.js can load
 * it. The output is the main logits. The caller disposes it.
 */
export async function plainLayersModel(model: tf.LayersModel): Promise<tf.LayersModel> {
  const emitter = new LayersEmitter();
  const outputs = traceModel(model, await modelWeights(model), emitter);
  return tf.model({ inputs: emitter.picture!, outputs, name: model.name });
}

/** The two files of a LayersModel. */
export interface TfjsFiles {
  /** `model.json`. */
  readonly topology: string;
  /** `weights.bin`. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** Exports a model as `model.json` and `weights.bin` for `tf.loadLayersModel`. */
export async function exportTfjs(model: tf.LayersModel): Promise<TfjsFiles> {
  const plain = await plainLayersModel(model);
  let artifacts: tf.io.ModelArtifacts | undefined;
  const saved = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const } };
  await plain.save(tf.io.withSaveHandler((made) => {
    artifacts = made;
    return Promise.resolve(saved);
  }));
  plain.dispose();
  const { modelTopology, weightSpecs, weightData, generatedBy } = artifacts!;
  const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const topology = {
    format: "layers-model",
    generatedBy,
    convertedBy: "Podium",
    modelTopology,
    weightsManifest,
  };
  const parts = Array.isArray(weightData) ? weightData : [weightData!];
  return { topology: JSON.stringify(topology), weights: new Uint8Array(await new Blob(parts).arrayBuffer()) };
}
