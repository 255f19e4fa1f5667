import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, divisibleFilters, NetworkBuilder, uniform } from "../../network.ts";
import { defineModel, type Model, type ModelContext, type Plugin } from "../../plugin.ts";

/** Compound scaling of a variant. */
interface Scaling {
  readonly name: string;
  readonly width: number;
  readonly depth: number;
  readonly dropout: number;
}

/** Stages of B0: expansion ratio, kernel, stride of the first block, filters, number of blocks. */
const STAGES = [
  { expand: 1, kernel: 3, stride: 1, filters: 16, blocks: 1 },
  { expand: 6, kernel: 3, stride: 2, filters: 24, blocks: 2 },
  { expand: 6, kernel: 5, stride: 2, filters: 40, blocks: 2 },
  { expand: 6, kernel: 3, stride: 2, filters: 80, blocks: 3 },
  { expand: 6, kernel: 5, stride: 1, filters: 112, blocks: 3 },
  { expand: 6, kernel: 5, stride: 2, filters: 192, blocks: 4 },
  { expand: 6, kernel: 3, stride: 1, filters: 320, blocks: 1 },
] as const;

interface BlockOptions {
  readonly name: string;
  readonly expand: number;
  readonly kernel: number;
  readonly stride: number;
  readonly filters: number;
  readonly dropRate: number;
}

/** MBConv block (inverted bottleneck): expansion, depthwise, squeeze-and-excitation, projection, residual. */
function block(net: NetworkBuilder, x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
  const channels = x.shape[3]!;
  const inner = at.expand === 1 ? channels : divisibleFilters(channels * at.expand);
  let step = 0, y = x;
  const path = () => `${at.name}.block.${step++}`;
  const unit = (settings: Omit<UnitOptions, "name">) =>
    y = convNormSilu(net, y, { ...settings, name: path() });
  if (inner !== channels) unit({ filters: inner, kernel: 1 });
  unit({ filters: inner, kernel: at.kernel, stride: at.stride, groups: inner });
  const filters = Math.max(1, Math.floor(channels / 4));
  y = net.squeezeExcite(y, path(), { filters, activation: "silu", biasInitializer: constant(0) });
  const last = path();
  y = net.norm(net.conv(y, `${last}.0`, { filters: at.filters, kernel: 1 }), `${last}.1`);
  if (at.stride !== 1 || channels !== at.filters) return y;
  const kept = net.drop(y, `${at.name}.stochastic_depth`, { rate: at.dropRate, what: "examples" });
  return net.add(kept, `${at.name}.add`, { residual: x });
}

interface UnitOptions {
  readonly name: string;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

function convNormSilu(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  { name, ...options }: UnitOptions,
): tf.SymbolicTensor {
  const y = net.conv(x, `${name}.0`, { ...options, padding: (options.kernel - 1) / 2 });
  return net.norm(y, `${name}.1`, { activation: "silu" });
}

interface Settings {
  readonly dropout: number;
  readonly stochastic_depth: number;
  readonly width_multiplier: number;
}

function features(
  net: NetworkBuilder,
  input: tf.SymbolicTensor,
  at: { scaling: Scaling; settings: Settings },
): tf.SymbolicTensor {
  const width = at.scaling.width * at.settings.width_multiplier;
  const counts = STAGES.map(({ blocks }) => Math.ceil(blocks * at.scaling.depth));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let done = 0;
  let x = convNormSilu(net, input, {
    name: "features.0",
    filters: divisibleFilters(32 * width),
    kernel: 3,
    stride: 2,
  });
  STAGES.forEach((stage, number) => {
    for (let index = 0; index < counts[number]!; index++) {
      const [name, filters] = [`features.${number + 1}.${index}`, divisibleFilters(stage.filters * width)];
      const dropRate = at.settings.stochastic_depth * done++ / total;
      x = block(net, x, { ...stage, name, filters, stride: index === 0 ? stage.stride : 1, dropRate });
    }
  });
  return convNormSilu(net, x, { name: "features.8", filters: 4 * divisibleFilters(320 * width), kernel: 1 });
}

/** The convolution behind the blocks belongs to the last one, as in timm. */
function layerGroup(parameter: string): null | undefined {
  return parameter.startsWith("features.8.") ? null : undefined;
}

function build(scaling: Scaling, settings: Settings, context: ModelContext): Model {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  const pooled = net.globalAveragePool(features(net, input, { scaling, settings }), "avgpool");
  const dropped = net.drop(pooled, "classifier.0", { rate: settings.dropout, what: "values" });
  const initializer = uniform(1 / Math.sqrt(context.classes));
  const head = { outputs: context.classes, initializer, biasInitializer: constant(0) };
  const logits = net.linear(dropped, "classifier.1", head);
  return Object.assign(tf.model({ inputs: input, outputs: logits, name: scaling.name }), { layerGroup });
}

function plugin(scaling: Scaling): Plugin<"models"> {
  const params = z.strictObject({
    dropout: z.number().min(0).lt(1).default(scaling.dropout).describe(
      "Share of features dropped before the last layer",
    ),
    stochastic_depth: z.number().min(0).lt(1).default(0.2).describe(
      "Share of examples that skip the last block; less before it",
    ),
    width_multiplier: z.number().positive().default(1).describe(
      "Further factor on the filters of every layer",
    ),
  });
  return defineModel({
    name: scaling.name,
    about: `EfficientNet ${scaling.name.slice(-2).toUpperCase()} (Tan and Le, 2019), as torchvision has it`,
    params,
    create: (settings, context) => build(scaling, settings, context),
  });
}

export default [
  plugin({ name: "efficientnet_b0", width: 1, depth: 1, dropout: 0.2 }),
  plugin({ name: "efficientnet_b1", width: 1, depth: 1.1, dropout: 0.2 }),
  plugin({ name: "efficientnet_b2", width: 1.1, depth: 1.2, dropout: 0.3 }),
  plugin({ name: "efficientnet_b3", width: 1.2, depth: 1.4, dropout: 0.3 }),
  plugin({ name: "efficientnet_b4", width: 1.4, depth: 1.8, dropout: 0.4 }),
];
