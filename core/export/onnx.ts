import type * as tf from "@tensorflow/tfjs";
import type { ActivationName } from "../nn/layers/activations.ts";
import { adaptiveShares } from "../nn/layers/average_pooling.ts";
import type { Encoded } from "../formats/protobuf.ts";
import { modelWeights } from "../weights/model_weights.ts";
import { permuteValues } from "../nn/layers/parameter_layout.ts";
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
import { type OnnxAttribute, type OnnxConstant, onnxModel, onnxNode } from "./onnx_format.ts";
import { traceModel } from "./trace_model.ts";

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Emits ONNX nodes; tensors are referred to by name and are NCHW, as in PyTorch's exports. */
class OnnxEmitter implements Emitter<string> {
  readonly nodes: Encoded[] = [];
  readonly constants: OnnxConstant[] = [];
  inputShape: readonly number[] = [];

  #node(type: string, name: string, of: { inputs: readonly string[]; attributes?: Attributes }): string {
    this.nodes.push(onnxNode(type, { ...of, output: name }));
    return name;
  }

  #constant(name: string, data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    this.constants.push({ name, data, shape });
    return name;
  }

  #sizes(name: string, sizes: readonly number[]): string {
    return this.#constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
  }

  input([height, width, channels]: readonly [number, number, number]): string {
    this.inputShape = [channels, height, width];
    return "image";
  }

  convolution(x: string, at: Convolution): string {
    const [, , height, width] = at.shape;
    const inputs = [x, this.#constant(`${at.name}.weight`, at.weight, at.shape)];
    if (at.bias) inputs.push(this.#constant(`${at.name}.bias`, at.bias, [at.bias.length]));
    const [top, bottom, left, right] = at.pads;
    const attributes = {
      kernel_shape: [height, width],
      strides: at.stride,
      pads: [top, left, bottom, right],
      group: at.groups,
    };
    return this.#node("Conv", at.name, { inputs, attributes });
  }

  linear(x: string, { name, weight, shape, bias, rank }: LinearMap): string {
    const shift = this.#constant(`${name}.bias`, bias, [shape[0]]);
    if (rank === 2) {
      const inputs = [x, this.#constant(`${name}.weight`, weight, shape), shift];
      return this.#node("Gemm", name, { inputs, attributes: { transB: 1 } });
    }
    const turned = permuteValues(weight, shape, [1, 0]);
    const matrix = this.#constant(`${name}.weight`, turned, [shape[1], shape[0]]);
    const product = this.#node("MatMul", `${name}.product`, { inputs: [x, matrix] });
    return this.#node("Add", name, { inputs: [product, shift] });
  }

  #reshape(x: string, name: string, shape: readonly number[]): string {
    return this.#node("Reshape", name, { inputs: [x, this.#sizes(`${name}.shape`, shape)] });
  }

  #transpose(x: string, name: string, perm: readonly number[]): string {
    return this.#node("Transpose", name, { inputs: [x], attributes: { perm } });
  }

  /** One slice of an axis, which is then no more. */
  #pick(x: string, name: string, { axis, index }: { axis: number; index: number }): string {
    const place = this.#constant(`${name}.index`, BigInt64Array.of(BigInt(index)), []);
    return this.#node("Gather", name, { inputs: [x, place], attributes: { axis } });
  }

  mapToTokens(
    x: string,
    { name, positions, channels }: { name: string; positions: number; channels: number },
  ): string {
    return this.#transpose(this.#reshape(x, `${name}.flat`, [0, channels, positions]), name, [0, 2, 1]);
  }

  prependTokens(
    x: string,
    { name, values, count, tokens, channels }: TokenValues & { count: number },
  ): string {
    const pads = this.#sizes(`${name}.pads`, [0, count, 0, 0, 0, 0]);
    const padded = this.#node("Pad", `${name}.padded`, { inputs: [x, pads] });
    const front = new Float32Array((count + tokens) * channels);
    front.set(values);
    const added = this.#constant(`${name}.values`, front, [1, count + tokens, channels]);
    return this.#node("Add", name, { inputs: [padded, added] });
  }

  addPositions(x: string, { name, values, tokens, channels }: TokenValues): string {
    return this.#node("Add", `${name}.sum`, {
      inputs: [x, this.#constant(name, values, [1, tokens, channels])],
    });
  }

  firstToken(x: string, { name }: { name: string }): string {
    return this.#pick(x, name, { axis: 1, index: 0 });
  }

  selfAttention(x: string, { name, qkv, heads, tokens }: Attention): string {
    const channels = qkv.shape[0] / 3;
    const split = this.#reshape(this.linear(x, qkv), `${name}.split`, [
      0,
      tokens,
      3,
      heads,
      channels / heads,
    ]);
    const byHead = this.#transpose(split, `${name}.by_head`, [2, 0, 3, 1, 4]);
    const [queries, keys, values] = ["q", "k", "v"].map((part, index) =>
      this.#pick(byHead, `${name}.${part}`, { axis: 0, index })
    ) as [string, string, string];
    const turned = this.#transpose(keys, `${name}.turned`, [0, 1, 3, 2]);
    const scores = this.#node("MatMul", `${name}.scores`, { inputs: [queries, turned] });
    const weights = this.#node("Softmax", `${name}.weights`, { inputs: [scores], attributes: { axis: 3 } });
    const attended = this.#node("MatMul", `${name}.attended`, { inputs: [weights, values] });
    return this.#reshape(this.#transpose(attended, `${name}.by_token`, [0, 2, 1, 3]), name, [
      0,
      tokens,
      channels,
    ]);
  }

  pool(x: string, { name, kind, kernel, stride, pads: [top, bottom, left, right] }: Pool): string {
    const window = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [top, left, bottom, right],
    };
    const attributes = kind === "max" ? window : { ...window, count_include_pad: 1 };
    return this.#node(kind === "max" ? "MaxPool" : "AveragePool", name, { inputs: [x], attributes });
  }

  adaptiveAverage(x: string, at: { name: string; height: number; width: number; size: number }): string {
    const { name, height, width, size } = at;
    const rows = this.#constant(`${name}.rows`, adaptiveShares(height, size), [size, height]);
    const shares = adaptiveShares(width, size);
    const turned = Float32Array.from(shares, (_, i) => shares[(i % size) * width + Math.floor(i / size)]!);
    const columns = this.#constant(`${name}.columns`, turned, [width, size]);
    const vertical = this.#node("MatMul", `${name}.vertical`, { inputs: [rows, x] });
    return this.#node("MatMul", name, { inputs: [vertical, columns] });
  }

  globalAverage(x: string, { name, keepSides }: { name: string; keepSides: boolean }): string {
    const attributes = { axes: [2, 3], keepdims: keepSides ? 1 : 0 };
    return this.#node("ReduceMean", name, { inputs: [x], attributes });
  }

  activation(x: string, { name, activation }: { name: string; activation: ActivationName }): string {
    if (activation === "relu") return this.#node("Relu", name, { inputs: [x] });
    if (activation === "sigmoid") return this.#node("Sigmoid", name, { inputs: [x] });
    if (activation === "silu") {
      return this.#node("Mul", name, { inputs: [x, this.#node("Sigmoid", `${name}.gate`, { inputs: [x] })] });
    }
    return this.#gelu(x, name);
  }

  #gelu(x: string, name: string): string {
    const number = (suffix: string, value: number) =>
      this.#constant(`${name}.${suffix}`, Float32Array.of(value), []);
    const scaled = this.#node("Mul", `${name}.scaled`, { inputs: [x, number("root", Math.SQRT1_2)] });
    const error = this.#node("Erf", `${name}.erf`, { inputs: [scaled] });
    const shifted = this.#node("Add", `${name}.shifted`, { inputs: [error, number("one", 1)] });
    const half = this.#node("Mul", `${name}.half`, { inputs: [shifted, number("two", 0.5)] });
    return this.#node("Mul", name, { inputs: [x, half] });
  }

  merge(a: string, b: string, { name, operation }: { name: string; operation: "add" | "multiply" }): string {
    return this.#node(operation === "add" ? "Add" : "Mul", `${name}.merged`, { inputs: [a, b] });
  }

  concatenate(values: readonly string[], { name }: { name: string }): string {
    return this.#node("Concat", name, { inputs: values, attributes: { axis: 1 } });
  }

  layerNorm(x: string, { name, scale, shift, epsilon, rank }: Normalisation): string {
    const weights = [["scale", scale], ["shift", shift]] as const;
    const parts = weights.map(([what, data]) => this.#constant(`${name}.${what}`, data, [data.length]));
    const attributes = { axis: -1 + rank, epsilon: { float: epsilon } };
    if (rank !== 4) return this.#node("LayerNormalization", name, { inputs: [x, ...parts], attributes });
    const last = this.#transpose(x, `${name}.last`, [0, 2, 3, 1]);
    const normal = this.#node("LayerNormalization", `${name}.normal`, {
      inputs: [last, ...parts],
      attributes,
    });
    return this.#transpose(normal, name, [0, 3, 1, 2]);
  }

  globalResponseNorm(x: string, { name, scale, shift, epsilon }: ResponseNormalisation): string {
    const of = (part: string) => `${name}.${part}`;
    const perChannel = (part: string, data: Float32Array) =>
      this.#constant(of(part), data, [data.length, 1, 1]);
    const kept = { keepdims: 1 };
    const norms = this.#node("ReduceL2", of("norms"), { inputs: [x], attributes: { axes: [2, 3], ...kept } });
    const mean = this.#node("ReduceMean", of("mean"), {
      inputs: [norms],
      attributes: { axes: [1], ...kept },
    });
    const least = this.#constant(of("epsilon"), Float32Array.of(epsilon), []);
    const divisor = this.#node("Add", of("divisor"), { inputs: [mean, least] });
    const relative = this.#node("Div", of("relative"), { inputs: [norms, divisor] });
    const scaled = this.#node("Mul", of("scaled"), { inputs: [relative, perChannel("scale", scale)] });
    const one = this.#constant(of("one"), Float32Array.of(1), []);
    const factor = this.#node("Add", of("factor"), { inputs: [scaled, one] });
    const product = this.#node("Mul", of("product"), { inputs: [x, factor] });
    return this.#node("Add", name, { inputs: [product, perChannel("shift", shift)] });
  }

  flatten(x: string, { name }: { name: string }): string {
    return this.#node("Flatten", name, { inputs: [x], attributes: { axis: 1 } });
  }

  attention(logits: string, attention: string, at: { name: string; side: number; classes: number }): string {
    const { name, side, classes } = at;
    const shape = this.#sizes(`${name}.shape`, [0, classes, side * side]);
    const flat = [logits, attention].map((value, i) =>
      this.#node("Reshape", `${name}.flat${i}`, { inputs: [value, shape] })
    );
    const weights = this.#node("Softmax", `${name}.weights`, { inputs: [flat[1]!], attributes: { axis: 2 } });
    const weighted = this.#node("Mul", `${name}.weighted`, { inputs: [flat[0]!, weights] });
    const inputs = [weighted, this.#sizes(`${name}.axes`, [2])];
    return this.#node("ReduceSum", name, { inputs, attributes: { keepdims: 0 } });
  }
}

/**
 * Exports a model as an ONNX file (operator set 17): input `image` `(batch, channels, height, width)` with a dynamic
 * batch dimension, output the main logits `(batch, classes)`. Batch norms are folded; weights keep PyTorch's names.
 */
export async function exportOnnx(model: tf.LayersModel): Promise<Encoded> {
  const emitter = new OnnxEmitter();
  const last = traceModel(model, await modelWeights(model), emitter);
  const { nodes, constants, inputShape } = emitter;
  nodes.push(onnxNode("Identity", { inputs: [last], output: "logits" }));
  const classes = model.outputs[0]!.shape[1]!;
  const input = { name: "image", shape: inputShape };
  return onnxModel({
    name: model.name,
    nodes,
    constants,
    input,
    output: { name: "logits", shape: [classes] },
  });
}
