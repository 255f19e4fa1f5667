import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, NetworkBuilder, truncatedNormal } from "../../network.ts";
import { defineModel, type Model, type ModelContext } from "../../plugin.ts";

const BLOCKS = [3, 3, 9, 3] as const;
const INITIAL = { initializer: truncatedNormal(0.02), biasInitializer: constant(0) };

const params = z.strictObject({
  width: z.int().min(1).default(96).describe(
    "Channels of the first stage; the later ones have 2, 4 and 8 times as many",
  ),
  stochastic_depth: z.number().min(0).lt(1).default(0.1).describe(
    "Share of examples that skip the last block; less before it",
  ),
  layer_scale: z.number().positive().default(1e-6).describe("Initial factor of every block's residual"),
});

type Settings = z.output<typeof params>;

interface BlockOptions {
  readonly name: string;
  readonly dropRate: number;
  readonly layerScale: number;
}

/** ConvNeXt block: 7x7 depthwise, layer norm, pointwise expansion by 4 and projection, layer scale, residual. */
function block(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  { name, dropRate, layerScale }: BlockOptions,
): tf.SymbolicTensor {
  const channels = x.shape[3]!;
  const spatial = { filters: channels, kernel: 7, padding: 3, groups: channels, bias: true, ...INITIAL };
  let y = net.conv(x, `${name}.block.0`, spatial);
  y = net.layerNorm(y, `${name}.block.2`);
  y = net.linear(y, `${name}.block.3`, { outputs: 4 * channels, activation: "gelu", ...INITIAL });
  y = net.linear(y, `${name}.block.5`, { outputs: channels, ...INITIAL });
  y = net.layerScale(y, name, { initial: layerScale, parameter: "layer_scale" });
  y = net.drop(y, `${name}.stochastic_depth`, { rate: dropRate, what: "examples" });
  return net.add(y, `${name}.add`, { residual: x });
}

function features(net: NetworkBuilder, input: tf.SymbolicTensor, settings: Settings): tf.SymbolicTensor {
  const last = BLOCKS.reduce((sum, count) => sum + count, 0) - 1;
  let done = 0;
  let x = net.conv(input, "features.0.0", {
    filters: settings.width,
    kernel: 4,
    stride: 4,
    bias: true,
    ...INITIAL,
  });
  x = net.layerNorm(x, "features.0.1");
  BLOCKS.forEach((count, stage) => {
    if (stage > 0) {
      x = net.layerNorm(x, `features.${2 * stage}.0`);
      const halving = { filters: settings.width * 2 ** stage, kernel: 2, stride: 2, bias: true, ...INITIAL };
      x = net.conv(x, `features.${2 * stage}.1`, halving);
    }
    for (let index = 0; index < count; index++) {
      const dropRate = settings.stochastic_depth * done++ / last;
      x = block(net, x, {
        name: `features.${2 * stage + 1}.${index}`,
        dropRate,
        layerScale: settings.layer_scale,
      });
    }
  });
  return x;
}

/** A downsampling belongs to the block after it, the last normalisation to the head, as in timm. */
function layerGroup(parameter: string): string | undefined {
  if (parameter.startsWith("classifier.")) return "classifier";
  const halving = parameter.match(/^features\.([246])\./);
  return halving ? `features.${Number(halving[1]) + 1}.0` : undefined;
}

function create(settings: Settings, context: ModelContext): Model {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  const pooled = net.globalAveragePool(features(net, input, settings), "avgpool");
  const normalised = net.layerNorm(pooled, "classifier.0");
  const logits = net.linear(normalised, "classifier.2", { outputs: context.classes, ...INITIAL });
  return Object.assign(tf.model({ inputs: input, outputs: logits, name: "convnext_tiny" }), { layerGroup });
}

/** ConvNeXt-Tiny with torchvision's module names. */
export default defineModel({
  name: "convnext_tiny",
  about: "ConvNeXt-Tiny (Liu et al., 2022), as torchvision has it; pictures of 32 pixels or more",
  params,
  create,
});
