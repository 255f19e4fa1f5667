import type * as tf from "@tensorflow/tfjs";
import { Activation, type ActivationName } from "../nn/layers/activations.ts";
import { AttentionPool } from "../nn/layers/attention_pool.ts";
import { AdaptiveAveragePool, AveragePool2d } from "../nn/layers/average_pooling.ts";
import { BatchNorm } from "../nn/layers/batch_norm.ts";
import { Conv2d } from "../nn/layers/conv2d.ts";
import { Drop } from "../nn/layers/dropout.ts";
import { GlobalResponseNorm } from "../nn/layers/global_response_norm.ts";
import { LayerNorm, LayerScale } from "../nn/layers/layer_norm.ts";
import { Linear } from "../nn/layers/linear.ts";
import { Merge } from "../nn/layers/merging.ts";
import type { ModuleLayer } from "../nn/layers/module_layer.ts";
import { GlobalAveragePool, MaxPool2d } from "../nn/layers/pooling.ts";
import { SelfAttention } from "../nn/layers/self_attention.ts";
import { FirstToken, MapToTokens, PositionEmbedding, PrependTokens } from "../nn/layers/tokens.ts";
import { dataProblem } from "../base/problem.ts";
import type { WeightTensor } from "../weights/model_weights.ts";
import type { Convolution, Emitter, LinearMap, Pads, Scaling } from "./emitter.ts";
import { foldedConvolution, scalingOf } from "./folding.ts";

/**
 * Walks the graph of a model's main output and emits each operation, with batch norms folded into the preceding
 * convolutions. Auxiliary outputs are left out.
 *
 * @param weights the model's weights by PyTorch name
 * @throws Problem (data) on an unsupported layer
 */
export function traceModel<Value>(
  model: tf.LayersModel,
  weights: ReadonlyMap<string, WeightTensor>,
  emitter: Emitter<Value>,
): Value {
  return new Tracer(model, weights, emitter).value(model.outputs[0]!);
}

const NO_PADS: Pads = [0, 0, 0, 0];

class Tracer<Value> {
  readonly #values = new Map<number, Value>();
  readonly #readers = new Map<number, number>();
  readonly #weights: ReadonlyMap<string, WeightTensor>;
  readonly #emitter: Emitter<Value>;

  constructor(model: tf.LayersModel, weights: ReadonlyMap<string, WeightTensor>, emitter: Emitter<Value>) {
    this.#weights = weights;
    this.#emitter = emitter;
    const [input] = model.inputs;
    this.#values.set(input!.id, emitter.input(input!.shape.slice(1) as [number, number, number]));
    this.#count(model.outputs[0]!);
  }

  #count(tensor: tf.SymbolicTensor): void {
    const seen = this.#readers.get(tensor.id) ?? 0;
    this.#readers.set(tensor.id, seen + 1);
    if (seen === 0) { for (const input of tensor.inputs) this.#count(input); }
  }

  value(tensor: tf.SymbolicTensor): Value {
    const known = this.#values.get(tensor.id);
    if (known !== undefined) return known;
    const made = this.#emit(tensor);
    this.#values.set(tensor.id, made);
    return made;
  }

  #numbers(name: string): Float32Array {
    return this.#weights.get(name)!.data as Float32Array;
  }

  #emit(tensor: tf.SymbolicTensor): Value {
    const layer = tensor.sourceLayer;
    if (layer instanceof BatchNorm) return this.#norm(layer, tensor);
    if (layer instanceof SelfAttention) return this.#attend(layer, tensor.inputs[0]!);
    if (layer instanceof LayerScale && tensor.shape.length !== 4) return this.#scaleLinear(layer, tensor);
    const inputs = tensor.inputs.map((input) => this.value(input));
    const made = this.#plain(layer, inputs, tensor) ?? this.#withWeights(layer, inputs[0]!, tensor);
    if (made === null) {
      throw dataProblem(
        `Cannot export the layer "${layer.name}" (${layer.getClassName()}): no format knows it`,
      );
    }
    return made;
  }

  /** Emits a batch norm, folded with its convolution if nothing else reads that, then its residual and activation. */
  #norm(layer: BatchNorm, tensor: tf.SymbolicTensor): Value {
    const [product, residual] = tensor.inputs;
    const conv = product!.sourceLayer;
    const scaling = scalingOf(layer, this.#weights);
    const joined = conv instanceof Conv2d && this.#readers.get(product!.id) === 1 && !conv.options.activation;
    const y = joined
      ? this.#convolve(conv, this.value(product!.inputs[0]!), { tensor: product!, scaling })
      : this.#scale(layer.name, this.value(product!), { scaling, rank: product!.shape.length });
    const sum = residual
      ? this.#emitter.merge(y, this.value(residual), { name: layer.name, operation: "add" })
      : y;
    return this.#activate(sum, layer.name, layer.options.activation);
  }

  #activate(value: Value, name: string, activation: ActivationName | undefined): Value {
    return activation === undefined
      ? value
      : this.#emitter.activation(value, { name: `${name}.act`, activation });
  }

  #convolve(
    conv: Conv2d,
    x: Value,
    { tensor, scaling }: { tensor: tf.SymbolicTensor; scaling?: Scaling },
  ): Value {
    const made: Convolution = foldedConvolution(conv, {
      input: tensor.inputs[0]!.shape.slice(1) as [number, number, number],
      weights: this.#weights,
      ...(scaling && { scaling }),
    });
    return this.#emitter.convolution(x, made);
  }

  /**
   * Emits a per-channel scale and shift as a 1x1 depthwise convolution, or as a diagonal matrix product for features.
   */
  #scale(name: string, x: Value, { scaling, rank }: { scaling: Scaling; rank: number }): Value {
    const channels = scaling.factor.length;
    if (rank !== 4) {
      throw dataProblem(`Cannot export "${name}": a normalisation of features without positions`);
    }
    const shape = [channels, 1, 1, 1] as const;
    const geometry = { stride: [1, 1] as const, pads: NO_PADS, groups: channels };
    return this.#emitter.convolution(x, {
      name,
      weight: scaling.factor,
      shape,
      bias: scaling.shift,
      ...geometry,
    });
  }

  #plain(layer: tf.layers.Layer, inputs: Value[], tensor: tf.SymbolicTensor): Value | null {
    const [x, second] = inputs as [Value, Value];
    const { name } = layer;
    const [, side, , classes] = tensor.inputs[0]!.shape as [null, number, number, number];
    if (layer instanceof Drop) return x;
    if (layer instanceof Activation) return this.#activate(x, name, layer.activation);
    if (layer instanceof Merge) {
      const merged = this.#emitter.merge(x, second, { name, operation: layer.options.operation });
      return this.#activate(merged, name, layer.options.activation);
    }
    if (layer instanceof AttentionPool) return this.#emitter.attention(x, second, { name, side, classes });
    if (layer.getClassName() === "Flatten") return this.#emitter.flatten(x, { name });
    if (layer.getClassName() === "Concatenate") return this.#emitter.concatenate(inputs, { name });
    return this.#tokens(layer, x, tensor) ?? this.#pooled(layer, x, tensor);
  }

  #tokens(layer: tf.layers.Layer, x: Value, tensor: tf.SymbolicTensor): Value | null {
    const { name } = layer;
    const [tokens, channels] = [tensor.inputs[0]!.shape[1]!, tensor.shape.at(-1)!];
    const values = () => this.#numbers((layer as ModuleLayer).tensorName(""));
    if (layer instanceof MapToTokens) {
      return this.#emitter.mapToTokens(x, { name, positions: tensor.shape[1]!, channels });
    }
    if (layer instanceof PrependTokens) {
      const { count } = layer.options;
      return this.#emitter.prependTokens(x, { name, values: values(), count, tokens, channels });
    }
    if (layer instanceof PositionEmbedding) {
      return this.#emitter.addPositions(x, { name, values: values(), tokens, channels });
    }
    return layer instanceof FirstToken ? this.#emitter.firstToken(x, { name, tokens, channels }) : null;
  }

  #pooled(layer: tf.layers.Layer, x: Value, tensor: tf.SymbolicTensor): Value | null {
    const { name } = layer;
    const [, height, width] = tensor.inputs[0]!.shape as [null, number, number];
    if (layer instanceof MaxPool2d) {
      const { kernel, stride } = layer.options;
      return this.#emitter.pool(x, { name, kind: "max", kernel, stride, pads: layer.padsFor(height, width) });
    }
    if (layer instanceof AveragePool2d) {
      const { kernel, stride, padding = 0 } = layer.options;
      const pads = [padding, padding, padding, padding] as const;
      return this.#emitter.pool(x, { name, kind: "average", kernel, stride, pads });
    }
    if (layer instanceof GlobalAveragePool) {
      return this.#emitter.globalAverage(x, { name, keepSides: layer.keepSides });
    }
    if (!(layer instanceof AdaptiveAveragePool)) return null;
    const { size } = layer;
    const equal = height === size && width === size;
    return equal ? x : this.#emitter.adaptiveAverage(x, { name, height, width, size });
  }

  #withWeights(layer: tf.layers.Layer, x: Value, tensor: tf.SymbolicTensor): Value | null {
    const { name } = layer;
    const rank = tensor.shape.length;
    if (layer instanceof Conv2d) {
      return this.#activate(this.#convolve(layer, x, { tensor }), name, layer.options.activation);
    }
    if (layer instanceof LayerNorm) {
      const { epsilon } = layer;
      const [scale, shift] = [this.#numbers(`${name}.weight`), this.#numbers(`${name}.bias`)];
      return this.#emitter.layerNorm(x, { name, scale, shift, epsilon, rank });
    }
    if (layer instanceof GlobalResponseNorm) {
      const { epsilon } = layer;
      const [, height, width] = tensor.shape as [null, number, number];
      const [scale, shift] = [this.#numbers(`${name}.weight`), this.#numbers(`${name}.bias`)];
      return this.#emitter.globalResponseNorm(x, { name, scale, shift, epsilon, positions: height * width });
    }
    if (layer instanceof LayerScale) {
      const factor = this.#numbers(layer.tensorName(layer.options.parameter));
      return this.#scale(`${name}.layer_scale`, x, {
        scaling: { factor, shift: new Float32Array(factor.length) },
        rank,
      });
    }
    return layer instanceof Linear ? this.#linear(layer, x, rank) : null;
  }

  #mapOf({ name }: Linear, rank: number): LinearMap {
    const { data, shape } = this.#weights.get(`${name}.weight`)!;
    const [outputs, inputs] = shape as [number, number];
    return {
      ...{ name, weight: data as Float32Array, bias: this.#numbers(`${name}.bias`) },
      ...{ shape: [outputs, inputs], rank },
    };
  }

  #linear(layer: Linear, x: Value, rank: number): Value {
    const { name } = layer;
    const map = this.#mapOf(layer, rank);
    const geometry = { stride: [1, 1] as const, pads: NO_PADS, groups: 1 };
    const y = rank === 4
      ? this.#emitter.convolution(x, { ...map, shape: [...map.shape, 1, 1], ...geometry })
      : this.#emitter.linear(x, map);
    return this.#activate(y, name, layer.options.activation);
  }

  /** Emits a layer scale as part of the linear layer in front of it. */
  #scaleLinear(layer: LayerScale, { inputs: [product], shape }: tf.SymbolicTensor): Value {
    const linear = product!.sourceLayer;
    if (!(linear instanceof Linear) || linear.options.activation) {
      throw dataProblem(`Cannot export "${layer.name}": factors of features that no linear layer makes`);
    }
    const factor = this.#numbers(layer.tensorName(layer.options.parameter));
    const map = this.#mapOf(linear, shape.length);
    const weight = map.weight.map((value, at) => value * factor[Math.floor(at / map.shape[1])]!);
    const bias = map.bias.map((value, output) => value * factor[output]!);
    return this.#emitter.linear(this.value(product!.inputs[0]!), { ...map, weight, bias });
  }

  /** Emits self-attention with the linear layer in front of it; the queries are scaled by its weights. */
  #attend({ name, options: { heads } }: SelfAttention, products: tf.SymbolicTensor): Value {
    const linear = products.sourceLayer;
    if (!(linear instanceof Linear)) {
      throw dataProblem(`Cannot export "${name}": no linear layer makes its queries, keys and values`);
    }
    const map = this.#mapOf(linear, 3);
    const scale = (map.shape[0] / 3 / heads) ** -0.5;
    const scaled = (values: Float32Array) =>
      values.map((value, at) => at < values.length / 3 ? value * scale : value);
    const qkv = { ...map, weight: scaled(map.weight), bias: scaled(map.bias) };
    const x = this.value(products.inputs[0]!);
    return this.#emitter.selfAttention(x, { name, qkv, heads, tokens: products.shape[1]! });
  }
}
