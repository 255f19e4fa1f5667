import * as tf from "@tensorflow/tfjs";
import type { ActivationName } from "../nn/layers/activations.ts";
import { adaptiveShares } from "../nn/layers/average_pooling.ts";
import { dataProblem } from "../base/problem.ts";
import { modelWeights } from "../weights/model_weights.ts";
import { denseFilters } from "./dense_filters.ts";
import type { Convolution, Emitter, LinearMap, Normalisation, Pool } from "./emitter.ts";
import { traceModel } from "./trace_model.ts";

type Tensor = tf.SymbolicTensor;

/** TensorFlow.js names of the activations. */
const ACTIVATIONS = { relu: "relu", sigmoid: "sigmoid", silu: "swish", gelu: "gelu" } as const;

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
    const [vertical, horizontal] = at.padding;
    const padded = this.#pad(x, name, [vertical, vertical, horizontal, horizontal]);
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
