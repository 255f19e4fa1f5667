import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { constant, divisibleFilters, NetworkBuilder, uniform } from "../../network.ts";
import { defineModel, type Model, type ModelContext, type Plugin } from "../../plugin.ts";

/** Blocks of one kind in a row, the first of which has the stride. */
interface Stage {
  /** A convolution alone, one with a projection (fused MBConv), or an inverted bottleneck (MBConv). */
  readonly kind: "convolution" | "fused" | "bottleneck";
  readonly blocks: number;
  readonly stride: number;
  /** Times the channels within a block. */
  readonly expand: number;
  readonly filters: number;
}

/** An EfficientNetV2 of size S (Tan and Le, 2021), with timm's module names. */
interface Architecture {
  readonly name: string;
  readonly about: string;
  readonly first: Stage["kind"];
  /** Filters of the last stage and of the convolution after it. */
  readonly last: readonly [stage: number, head: number];
  /** How convolutions of 3x3 are padded: by 1 on all sides, or as TensorFlow does. */
  readonly padding: 1 | "same";
  /** Epsilon of the batch normalisations. */
  readonly epsilon: number;
}

function stagesOf({ first, last: [filters] }: Architecture): readonly Stage[] {
  return [
    { kind: first, blocks: 2, stride: 1, expand: 1, filters: 24 },
    { kind: "fused", blocks: 4, stride: 2, expand: 4, filters: 48 },
    { kind: "fused", blocks: 4, stride: 2, expand: 4, filters: 64 },
    { kind: "bottleneck", blocks: 6, stride: 2, expand: 4, filters: 128 },
    { kind: "bottleneck", blocks: 9, stride: 1, expand: 6, filters: 160 },
    { kind: "bottleneck", blocks: 15, stride: 2, expand: 6, filters },
  ];
}

interface Settings {
  readonly dropout: number;
  readonly stochastic_depth: number;
  readonly width_multiplier: number;
}

/** A convolution and its normalisation by timm's names; one of 3x3 is padded. */
interface Unit {
  readonly conv: string;
  readonly norm: string;
  readonly filters: number;
  readonly kernel: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: "silu";
}

interface BlockOptions extends Stage {
  readonly name: string;
  readonly dropRate: number;
}

/** Builds one net; all its units have the architecture's padding and epsilon. */
class EfficientNetV2 {
  readonly #net: NetworkBuilder;
  readonly #architecture: Architecture;

  constructor(architecture: Architecture, seed: number) {
    this.#net = new NetworkBuilder(seed);
    this.#architecture = architecture;
  }

  #unit(x: tf.SymbolicTensor, { conv, norm, activation, ...window }: Unit): tf.SymbolicTensor {
    const { padding, epsilon } = this.#architecture;
    const y = this.#net.conv(x, conv, { ...window, padding: window.kernel === 3 ? padding : 0 });
    return this.#net.norm(y, norm, { epsilon, ...(activation && { activation }) });
  }

  #inner(x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
    const { name, kind, stride, filters } = at;
    const inner = x.shape[3]! * at.expand, activation = "silu";
    const names = (conv: string, norm: string) => ({ conv: `${name}.${conv}`, norm: `${name}.${norm}` });
    const spatial = { kernel: 3, stride, activation } as const;
    if (kind === "convolution") return this.#unit(x, { ...names("conv", "bn1"), filters, ...spatial });
    if (kind === "fused") {
      const y = this.#unit(x, { ...names("conv_exp", "bn1"), filters: inner, ...spatial });
      return this.#unit(y, { ...names("conv_pwl", "bn2"), filters, kernel: 1 });
    }
    let y = this.#unit(x, { ...names("conv_pw", "bn1"), filters: inner, kernel: 1, activation });
    y = this.#unit(y, { ...names("conv_dw", "bn2"), filters: inner, groups: inner, ...spatial });
    y = this.#net.squeezeExcite(y, `${name}.se`, {
      convolutions: ["conv_reduce", "conv_expand"],
      filters: x.shape[3]! / 4,
      activation,
    });
    return this.#unit(y, { ...names("conv_pwl", "bn3"), filters, kernel: 1 });
  }

  #block(x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
    const y = this.#inner(x, at);
    if (at.stride !== 1 || x.shape[3] !== at.filters) return y;
    const kept = this.#net.drop(y, `${at.name}.drop_path`, { rate: at.dropRate, what: "examples" });
    return this.#net.add(kept, `${at.name}.add`, { residual: x });
  }

  #features(input: tf.SymbolicTensor, settings: Settings): tf.SymbolicTensor {
    const scaled = (filters: number) => divisibleFilters(filters * settings.width_multiplier);
    const stages = stagesOf(this.#architecture);
    const total = stages.reduce((sum, { blocks }) => sum + blocks, 0);
    const [activation, head] = ["silu" as const, this.#architecture.last[1]];
    let done = 0;
    const stem = { conv: "conv_stem", norm: "bn1", filters: scaled(24), kernel: 3, stride: 2 } as const;
    let x = this.#unit(input, { ...stem, activation });
    stages.forEach((stage, number) => {
      for (let index = 0; index < stage.blocks; index++) {
        const dropRate = settings.stochastic_depth * done++ / total;
        const place = { name: `blocks.${number}.${index}`, stride: index === 0 ? stage.stride : 1, dropRate };
        x = this.#block(x, { ...stage, ...place, filters: scaled(stage.filters) });
      }
    });
    return this.#unit(x, { conv: "conv_head", norm: "bn2", filters: scaled(head), kernel: 1, activation });
  }

  build(settings: Settings, { size, channels, classes }: ModelContext): Model {
    const input = tf.input({ shape: [size, size, channels], name: "image" });
    const pooled = this.#net.globalAveragePool(this.#features(input, settings), "global_pool");
    const dropped = this.#net.drop(pooled, "dropout", { rate: settings.dropout, what: "values" });
    const initial = { initializer: uniform(1 / Math.sqrt(classes)), biasInitializer: constant(0) };
    const logits = this.#net.linear(dropped, "classifier", { outputs: classes, ...initial });
    const model = tf.model({ inputs: input, outputs: logits, name: this.#architecture.name });
    return Object.assign(model, { layerGroup });
  }
}

/** The convolution behind the blocks belongs to the last one, as in timm. */
function layerGroup(parameter: string): null | undefined {
  return /^(conv_head|bn2)\./.test(parameter) ? null : undefined;
}

const params = z.strictObject({
  dropout: z.number().min(0).lt(1).default(0.2).describe("Share of features dropped before the last layer"),
  stochastic_depth: z.number().min(0).lt(1).default(0.2).describe(
    "Share of examples that skip the last block; less before it",
  ),
  width_multiplier: z.number().positive().default(1).describe("Factor on the filters of every layer"),
});

function plugin(architecture: Architecture): Plugin<"models"> {
  const { name, about } = architecture;
  return defineModel({
    name,
    about,
    params,
    create: (settings, context) => new EfficientNetV2(architecture, context.seed).build(settings, context),
  });
}

export default [
  plugin({
    name: "efficientnetv2_rw_s",
    about: "EfficientNetV2 S (Tan and Le, 2021) as timm drew it from the paper's table",
    first: "fused",
    last: [272, 1792],
    padding: 1,
    epsilon: 1e-5,
  }),
  plugin({
    name: "tf_efficientnetv2_s",
    about: "EfficientNetV2 S (Tan and Le, 2021) as its authors released it, as timm has it",
    first: "convolution",
    last: [256, 1280],
    padding: "same",
    epsilon: 1e-3,
  }),
];
