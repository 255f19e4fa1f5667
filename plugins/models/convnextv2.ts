import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, NetworkBuilder, truncatedNormal } from "../../network.ts";
import { defineModel, type ModelContext, type Plugin } from "../../plugin.ts";

const INITIAL = { initializer: truncatedNormal(0.02), biasInitializer: constant(0) };

/** A ConvNeXt V2 (Woo et al., 2023), with timm's module names. */
interface Architecture {
  readonly name: string;
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
  /** Channels of the first stage; the later ones have 2, 4 and 8 times as many. */
  readonly width: number;
  /** What timm has for a layer of single positions: they compute the same, but their weights have other shapes. */
  readonly pointwise: "linear" | "convolution";
}

interface BlockOptions {
  readonly name: string;
  readonly pointwise: Architecture["pointwise"];
  readonly dropRate: number;
}

function pointwise(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  at: { name: string; kind: Architecture["pointwise"]; outputs: number; activation?: "gelu" },
): tf.SymbolicTensor {
  const { name, kind, outputs, ...activation } = at;
  const settings = { ...activation, ...INITIAL };
  return kind === "linear"
    ? net.linear(x, name, { outputs, ...settings })
    : net.conv(x, name, { filters: outputs, kernel: 1, bias: true, ...settings });
}

/** 7x7 depthwise, layer norm, pointwise expansion by 4, global response norm, projection, residual. */
function block(net: NetworkBuilder, x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
  const { name, pointwise: kind, dropRate } = at;
  const channels = x.shape[3]!;
  const spatial = { filters: channels, kernel: 7, padding: 3, groups: channels, bias: true, ...INITIAL };
  let y = net.conv(x, `${name}.conv_dw`, spatial);
  y = net.layerNorm(y, `${name}.norm`);
  y = pointwise(net, y, { name: `${name}.mlp.fc1`, kind, outputs: 4 * channels, activation: "gelu" });
  y = net.globalResponseNorm(y, `${name}.mlp.grn`);
  y = pointwise(net, y, { name: `${name}.mlp.fc2`, kind, outputs: channels });
  y = net.drop(y, `${name}.drop_path`, { rate: dropRate, what: "examples" });
  return net.add(y, `${name}.add`, { residual: x });
}

interface Settings {
  readonly width: number;
  readonly stochastic_depth: number;
}

function features(
  net: NetworkBuilder,
  input: tf.SymbolicTensor,
  { architecture, settings }: { architecture: Architecture; settings: Settings },
): tf.SymbolicTensor {
  const { blocks, pointwise } = architecture;
  const last = blocks.reduce((sum, count) => sum + count, 0) - 1;
  let done = 0;
  let x = net.conv(input, "stem.0", {
    filters: settings.width,
    kernel: 4,
    stride: 4,
    bias: true,
    ...INITIAL,
  });
  x = net.layerNorm(x, "stem.1");
  blocks.forEach((count, stage) => {
    const name = `stages.${stage}`;
    if (stage > 0) {
      x = net.layerNorm(x, `${name}.downsample.0`);
      const halving = { filters: settings.width * 2 ** stage, kernel: 2, stride: 2, bias: true, ...INITIAL };
      x = net.conv(x, `${name}.downsample.1`, halving);
    }
    for (let index = 0; index < count; index++) {
      const dropRate = settings.stochastic_depth * done++ / last;
      x = block(net, x, { name: `${name}.blocks.${index}`, pointwise, dropRate });
    }
  });
  return x;
}

function build(architecture: Architecture, settings: Settings, context: ModelContext): tf.LayersModel {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  const pooled = net.globalAveragePool(features(net, input, { architecture, settings }), "head.global_pool");
  const logits = net.linear(net.layerNorm(pooled, "head.norm"), "head.fc", {
    outputs: context.classes,
    ...INITIAL,
  });
  return tf.model({ inputs: input, outputs: logits, name: architecture.name });
}

function plugin(architecture: Architecture): Plugin<"models"> {
  const { name, width } = architecture;
  const params = z.strictObject({
    width: z.int().min(1).default(width).describe(
      "Channels of the first stage; the later ones have 2, 4 and 8 times as many",
    ),
    stochastic_depth: z.number().min(0).lt(1).default(0.1).describe(
      "Share of examples that skip the last block; less before it",
    ),
  });
  return defineModel({
    name,
    about:
      `ConvNeXt V2 (Woo et al., 2023) with ${width} channels, as timm has it; pictures of 32 pixels or more`,
    params,
    create: (settings, context) => build(architecture, settings, context),
  });
}

export default [
  plugin({ name: "convnextv2_atto", blocks: [2, 2, 6, 2], width: 40, pointwise: "convolution" }),
  plugin({ name: "convnextv2_femto", blocks: [2, 2, 6, 2], width: 48, pointwise: "convolution" }),
  plugin({ name: "convnextv2_pico", blocks: [2, 2, 6, 2], width: 64, pointwise: "convolution" }),
  plugin({ name: "convnextv2_nano", blocks: [2, 2, 8, 2], width: 80, pointwise: "convolution" }),
  plugin({ name: "convnextv2_tiny", blocks: [3, 3, 9, 3], width: 96, pointwise: "linear" }),
];
