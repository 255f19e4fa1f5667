import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, NetworkBuilder, normal, truncatedNormal, uniform } from "../../network.ts";
import { defineModel, type ModelContext, type Plugin } from "../../plugin.ts";

const BLOCKS = 12;
const HEAD_WIDTH = 64;
const INITIAL = { initializer: truncatedNormal(0.02), biasInitializer: constant(0) };

/** What distinguishes a variant. */
interface Variant {
  readonly name: string;
  readonly about: string;
  readonly patch: number;
  readonly width: number;
  /** Tokens beside the class token that stand for no patch. */
  readonly registers: number;
  /** Whether the class token has a position of its own, in front of those of the patches. */
  readonly classPosition: boolean;
  /** Initial factor of every residual; none when left out. */
  readonly layerScale?: number;
}

interface Settings {
  readonly width: number;
  readonly stochastic_depth: number;
}

/** Patches as tokens, with their positions; class token and registers in front. */
function embed(net: NetworkBuilder, input: tf.SymbolicTensor, at: { variant: Variant; width: number }) {
  const { patch, registers, classPosition } = at.variant;
  const initializer = uniform(1 / Math.sqrt(patch * patch * input.shape[3]!));
  const geometry = { filters: at.width, kernel: patch, stride: patch, bias: true };
  const map = net.conv(input, "patch_embed.proj", { ...geometry, initializer, biasInitializer: initializer });
  const positions = { prefix: classPosition ? 1 : 0, initializer: INITIAL.initializer };
  const token = { initializer: normal(1e-6) };
  let x = net.mapToTokens(map, "patch_embed.tokens");
  if (!classPosition) x = net.addPositions(x, "pos_embed", positions);
  if (registers > 0) x = net.prependTokens(x, "reg_token", { ...token, count: registers });
  x = net.prependTokens(x, "cls_token", { ...token, count: 1 });
  return classPosition ? net.addPositions(x, "pos_embed", positions) : x;
}

interface BlockOptions {
  readonly name: string;
  readonly variant: Variant;
  readonly dropRate: number;
  /** Whether only the class token is read after it: nothing else is computed behind the attention. */
  readonly last: boolean;
}

/** Transformer block: attention and a perceptron, each with layer norm in front and a residual around it. */
function block(net: NetworkBuilder, x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
  const { name, variant: { layerScale, registers }, dropRate, last } = at;
  const channels = x.shape.at(-1)!;
  const residual = (y: tf.SymbolicTensor, half: 1 | 2, residual: tf.SymbolicTensor) => {
    if (layerScale !== undefined) {
      y = net.layerScale(y, `${name}.ls${half}`, { initial: layerScale, parameter: "gamma" });
    }
    y = net.drop(y, `${name}.drop_path${half}`, { rate: dropRate, what: "examples" });
    return net.add(y, `${name}.add${half}`, { residual });
  };
  const heads = Math.max(1, channels / HEAD_WIDTH);
  const attended = net.selfAttention(net.layerNorm(x, `${name}.norm1`), `${name}.attn`, {
    ...{ heads, prefix: 1 + registers, firstOnly: last },
    ...INITIAL,
  });
  x = residual(attended, 1, last ? net.firstToken(x, `${name}.first`) : x);
  let y = net.layerNorm(x, `${name}.norm2`);
  y = net.linear(y, `${name}.mlp.fc1`, { outputs: 4 * channels, activation: "gelu", ...INITIAL });
  y = net.linear(y, `${name}.mlp.fc2`, { outputs: channels, ...INITIAL });
  return residual(y, 2, x);
}

function build(variant: Variant, settings: Settings, context: ModelContext): tf.LayersModel {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  let x = embed(net, input, { variant, width: settings.width });
  const last = BLOCKS - 1;
  for (let index = 0; index < BLOCKS; index++) {
    const dropRate = settings.stochastic_depth * index / last;
    x = block(net, x, { name: `blocks.${index}`, variant, dropRate, last: index === last });
  }
  const logits = net.linear(net.layerNorm(x, "norm"), "head", { outputs: context.classes, ...INITIAL });
  return tf.model({ inputs: input, outputs: logits, name: variant.name });
}

function plugin(variant: Variant): Plugin<"models"> {
  const { name, about } = variant;
  const whole = (width: number) => width <= HEAD_WIDTH || width % HEAD_WIDTH === 0;
  const params = z.strictObject({
    width: z.int().min(1).refine(whole, `Must be at most ${HEAD_WIDTH} or a multiple of it`)
      .default(variant.width).describe(`Channels of a token: a head for every ${HEAD_WIDTH}`),
    stochastic_depth: z.number().min(0).lt(1).default(0.1).describe(
      "Share of examples that skip the last block; less before it",
    ),
  });
  return defineModel({
    name,
    about,
    params,
    create: (settings, context) => build(variant, settings, context),
  });
}

const PATCH16 = { patch: 16, registers: 0, classPosition: true };
const DINOV2 = { patch: 14, registers: 4, classPosition: false, layerScale: 1e-5 };

/** Vision transformers (Dosovitskiy et al., 2021) with timm's names and module names, for pictures of any size. */
export default [
  plugin({
    ...PATCH16,
    name: "vit_small_patch16_224",
    about: "ViT-S/16 as timm has it; weights for 224 pixels fit every size",
    width: 384,
  }),
  plugin({
    ...PATCH16,
    name: "vit_base_patch16_224",
    about: "ViT-B/16 as timm has it; weights for 224 pixels fit every size",
    width: 768,
  }),
  plugin({
    ...DINOV2,
    name: "vit_small_patch14_reg4_dinov2",
    about:
      "ViT-S/14 of DINOv2 with 4 registers (Darcet et al., 2024), as timm has it; sizes of 14 pixels' multiples",
    width: 384,
  }),
  plugin({
    ...DINOV2,
    name: "vit_base_patch14_reg4_dinov2",
    about:
      "ViT-B/14 of DINOv2 with 4 registers (Darcet et al., 2024), as timm has it; sizes of 14 pixels' multiples",
    width: 768,
  }),
];
