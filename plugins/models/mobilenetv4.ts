import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, divisibleFilters, NetworkBuilder, uniform } from "../../network.ts";
import { defineModel, type Model, type ModelContext } from "../../plugin.ts";

/** A convolution of `kernel` x `kernel` with normalisation and relu. */
interface PlainBlock {
  readonly kernel: number;
  readonly stride: number;
  readonly filters: number;
}

/**
 * Universal inverted bottleneck: a depthwise convolution of `start` x `start`, an expansion by `expand`, a depthwise
 * convolution of `middle` x `middle`, a projection; 0 leaves a depthwise one out. The last of them has the stride.
 */
interface UniversalBlock {
  readonly start: number;
  readonly middle: number;
  readonly expand: number;
  readonly stride: number;
  readonly filters: number;
}

type Block = PlainBlock | UniversalBlock;

/** MobileNetV4-Conv-S (Qin et al., 2024, table 11): the blocks of each stage. */
const STAGES: readonly (readonly Block[])[] = [
  [{ kernel: 3, stride: 2, filters: 32 }, { kernel: 1, stride: 1, filters: 32 }],
  [{ kernel: 3, stride: 2, filters: 96 }, { kernel: 1, stride: 1, filters: 64 }],
  [
    { start: 5, middle: 5, expand: 3, stride: 2, filters: 96 },
    ...repeated(4, { start: 0, middle: 3, expand: 2, stride: 1, filters: 96 }),
    { start: 3, middle: 0, expand: 4, stride: 1, filters: 96 },
  ],
  [
    { start: 3, middle: 3, expand: 6, stride: 2, filters: 128 },
    { start: 5, middle: 5, expand: 4, stride: 1, filters: 128 },
    { start: 0, middle: 5, expand: 4, stride: 1, filters: 128 },
    { start: 0, middle: 5, expand: 3, stride: 1, filters: 128 },
    ...repeated(2, { start: 0, middle: 3, expand: 4, stride: 1, filters: 128 }),
  ],
  [{ kernel: 1, stride: 1, filters: 960 }],
];
const STEM = 32, HEAD = 1280;

function repeated(count: number, block: UniversalBlock): UniversalBlock[] {
  return Array.from({ length: count }, () => block);
}

interface UnitOptions {
  readonly conv: string;
  readonly norm: string;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: "relu";
}

function unit(net: NetworkBuilder, x: tf.SymbolicTensor, at: UnitOptions): tf.SymbolicTensor {
  const { conv, norm, activation, ...window } = at;
  const y = net.conv(x, conv, { ...window, padding: (window.kernel - 1) / 2 });
  return net.norm(y, norm, activation ? { activation } : {});
}

interface Place {
  readonly name: string;
  readonly dropRate: number;
}

function universalBlock(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  { name, dropRate, ...at }: UniversalBlock & Place,
): tf.SymbolicTensor {
  const channels = x.shape[3]!, inner = divisibleFilters(channels * at.expand);
  const names = (part: string) => ({ conv: `${name}.${part}.conv`, norm: `${name}.${part}.bn` });
  let y = x;
  if (at.start > 0) {
    const stride = at.middle > 0 ? 1 : at.stride;
    y = unit(net, y, { ...names("dw_start"), filters: channels, groups: channels, kernel: at.start, stride });
  }
  y = unit(net, y, { ...names("pw_exp"), filters: inner, kernel: 1, activation: "relu" });
  if (at.middle > 0) {
    const depthwise = { filters: inner, groups: inner, kernel: at.middle, stride: at.stride } as const;
    y = unit(net, y, { ...names("dw_mid"), ...depthwise, activation: "relu" });
  }
  y = unit(net, y, { ...names("pw_proj"), filters: at.filters, kernel: 1 });
  if (at.stride !== 1 || channels !== at.filters) return y;
  y = net.drop(y, `${name}.drop_path`, { rate: dropRate, what: "examples" });
  return net.add(y, `${name}.add`, { residual: x });
}

function block(net: NetworkBuilder, x: tf.SymbolicTensor, at: Block & Place): tf.SymbolicTensor {
  if ("start" in at) return universalBlock(net, x, at);
  const { name, kernel, stride, filters } = at;
  return unit(net, x, {
    conv: `${name}.conv`,
    norm: `${name}.bn1`,
    filters,
    kernel,
    stride,
    activation: "relu",
  });
}

const params = z.strictObject({
  dropout: z.number().min(0).lt(1).default(0.2).describe("Share of features dropped before the last layer"),
  stochastic_depth: z.number().min(0).lt(1).default(0).describe(
    "Share of examples that skip the last block; less before it",
  ),
  width_multiplier: z.number().positive().default(1).describe(
    "Factor on the filters of the stages; 0.5 and 0.35 are timm's mobilenetv4_conv_small_050 and _035",
  ),
});

type Settings = z.output<typeof params>;

function features(net: NetworkBuilder, input: tf.SymbolicTensor, settings: Settings): tf.SymbolicTensor {
  const { width_multiplier: width, stochastic_depth } = settings;
  const stem = width < 1 ? STEM : divisibleFilters(STEM * width);
  const total = STAGES.flat().length;
  let done = 0;
  const first = { filters: stem, kernel: 3, stride: 2, activation: "relu" } as const;
  let x = unit(net, input, { conv: "conv_stem", norm: "bn1", ...first });
  STAGES.forEach((blocks, stage) =>
    blocks.forEach((at, index) => {
      const dropRate = stochastic_depth * done++ / total;
      const filters = divisibleFilters(at.filters * width);
      x = block(net, x, { ...at, filters, name: `blocks.${stage}.${index}`, dropRate });
    })
  );
  return x;
}

/** The convolution behind the pooling belongs to the head, as in timm. */
function layerGroup(parameter: string): string | undefined {
  return /^(conv_head|norm_head|classifier)\./.test(parameter) ? "classifier" : undefined;
}

function create(settings: Settings, context: ModelContext): Model {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  const pooled = net.globalAveragePool(features(net, input, settings), "global_pool", { keepSides: true });
  const head = {
    conv: "conv_head",
    norm: "norm_head",
    filters: HEAD,
    kernel: 1,
    activation: "relu",
  } as const;
  const flat = net.flatten(unit(net, pooled, head), "flatten");
  const dropped = net.drop(flat, "dropout", { rate: settings.dropout, what: "values" });
  const initial = { initializer: uniform(1 / Math.sqrt(context.classes)), biasInitializer: constant(0) };
  const logits = net.linear(dropped, "classifier", { outputs: context.classes, ...initial });
  const model = tf.model({ inputs: input, outputs: logits, name: "mobilenetv4_conv_small" });
  return Object.assign(model, { layerGroup });
}

/** MobileNetV4-Conv-Small with timm's module names. */
export default defineModel({
  name: "mobilenetv4_conv_small",
  about: "MobileNetV4-Conv-Small (Qin et al., 2024), as timm has it",
  params,
  create,
});
