import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { NetworkBuilder, normal, type Sides, truncatedNormal } from "../../network.ts";
import { defineModel, type ModelContext } from "../../plugin.ts";

const widthMultiplier = z.number().positive().default(1).describe(
  "Share of the original's filters in every layer",
);

interface UnitOptions {
  readonly kernel?: Sides;
  readonly stride?: number;
  readonly padding?: Sides;
  readonly deviation?: number;
}

type Tensor = tf.SymbolicTensor;

/** Builds Inception-v3; every convolution is followed by batch norm (epsilon 1e-3) and ReLU. */
class Inception {
  readonly net: NetworkBuilder;
  readonly #multiplier: number;

  constructor(seed: number, multiplier: number) {
    this.net = new NetworkBuilder(seed);
    this.#multiplier = multiplier;
  }

  unit(x: Tensor, name: string, [filters, options]: [filters: number, options?: UnitOptions]): Tensor {
    const { kernel = 1, stride = 1, padding = 0, deviation = 0.1 } = options ?? {};
    const scaled = Math.max(1, Math.round(filters * this.#multiplier));
    const initializer = truncatedNormal(deviation);
    const y = this.net.conv(x, `${name}.conv`, { filters: scaled, kernel, stride, padding, initializer });
    return this.net.norm(y, `${name}.bn`, { epsilon: 1e-3, activation: "relu" });
  }

  /** A sequence of convolution units. */
  chain(x: Tensor, name: string, units: [path: string, filters: number, options?: UnitOptions][]): Tensor {
    return units.reduce((y, [path, ...settings]) => this.unit(y, `${name}.${path}`, settings), x);
  }

  averaged(x: Tensor, name: string, filters: number): Tensor {
    const pooled = this.net.averagePool(x, `${name}.average`, { kernel: 3, stride: 1, padding: 1 });
    return this.unit(pooled, `${name}.branch_pool`, [filters]);
  }

  join(name: string, branches: Tensor[]): Tensor {
    return this.net.concatenate(branches, name);
  }

  blockA(x: Tensor, name: string, poolFilters: number): Tensor {
    return this.join(name, [
      this.unit(x, `${name}.branch1x1`, [64]),
      this.chain(x, name, [["branch5x5_1", 48], ["branch5x5_2", 64, { kernel: 5, padding: 2 }]]),
      this.chain(x, name, [
        ["branch3x3dbl_1", 64],
        ["branch3x3dbl_2", 96, { kernel: 3, padding: 1 }],
        ["branch3x3dbl_3", 96, { kernel: 3, padding: 1 }],
      ]),
      this.averaged(x, name, poolFilters),
    ]);
  }

  blockB(x: Tensor, name: string): Tensor {
    return this.join(name, [
      this.unit(x, `${name}.branch3x3`, [384, { kernel: 3, stride: 2 }]),
      this.chain(x, name, [
        ["branch3x3dbl_1", 64],
        ["branch3x3dbl_2", 96, { kernel: 3, padding: 1 }],
        ["branch3x3dbl_3", 96, { kernel: 3, stride: 2 }],
      ]),
      this.net.maxPool(x, `${name}.max`, { kernel: 3, stride: 2 }),
    ]);
  }

  blockC(x: Tensor, name: string, filters: number): Tensor {
    const [wide, tall]: [UnitOptions, UnitOptions] = [
      { kernel: [1, 7], padding: [0, 3] },
      { kernel: [7, 1], padding: [3, 0] },
    ];
    return this.join(name, [
      this.unit(x, `${name}.branch1x1`, [192]),
      this.chain(x, name, [["branch7x7_1", filters], ["branch7x7_2", filters, wide], [
        "branch7x7_3",
        192,
        tall,
      ]]),
      this.chain(x, name, [
        ["branch7x7dbl_1", filters],
        ["branch7x7dbl_2", filters, tall],
        ["branch7x7dbl_3", filters, wide],
        ["branch7x7dbl_4", filters, tall],
        ["branch7x7dbl_5", 192, wide],
      ]),
      this.averaged(x, name, 192),
    ]);
  }

  blockD(x: Tensor, name: string): Tensor {
    return this.join(name, [
      this.chain(x, name, [["branch3x3_1", 192], ["branch3x3_2", 320, { kernel: 3, stride: 2 }]]),
      this.chain(x, name, [
        ["branch7x7x3_1", 192],
        ["branch7x7x3_2", 192, { kernel: [1, 7], padding: [0, 3] }],
        ["branch7x7x3_3", 192, { kernel: [7, 1], padding: [3, 0] }],
        ["branch7x7x3_4", 192, { kernel: 3, stride: 2 }],
      ]),
      this.net.maxPool(x, `${name}.max`, { kernel: 3, stride: 2 }),
    ]);
  }

  blockE(x: Tensor, name: string): Tensor {
    const fork = (from: Tensor, path: string) => {
      const wide = this.unit(from, `${name}.${path}a`, [384, { kernel: [1, 3], padding: [0, 1] }]);
      const tall = this.unit(from, `${name}.${path}b`, [384, { kernel: [3, 1], padding: [1, 0] }]);
      return this.join(`${name}.${path}`, [wide, tall]);
    };
    const double = this.chain(x, name, [["branch3x3dbl_1", 448], ["branch3x3dbl_2", 384, {
      kernel: 3,
      padding: 1,
    }]]);
    return this.join(name, [
      this.unit(x, `${name}.branch1x1`, [320]),
      fork(this.unit(x, `${name}.branch3x3_1`, [384]), "branch3x3_2"),
      fork(double, "branch3x3dbl_3"),
      this.averaged(x, name, 192),
    ]);
  }

  /** Input to the features after Mixed_6e (stride 16). */
  lower(input: Tensor): Tensor {
    const { net } = this;
    let x = this.unit(input, "Conv2d_1a_3x3", [32, { kernel: 3, stride: 2 }]);
    x = this.unit(x, "Conv2d_2a_3x3", [32, { kernel: 3 }]);
    x = this.unit(x, "Conv2d_2b_3x3", [64, { kernel: 3, padding: 1 }]);
    x = net.maxPool(x, "maxpool1", { kernel: 3, stride: 2 });
    x = this.unit(x, "Conv2d_3b_1x1", [80]);
    x = this.unit(x, "Conv2d_4a_3x3", [192, { kernel: 3 }]);
    x = net.maxPool(x, "maxpool2", { kernel: 3, stride: 2 });
    for (const [name, filters] of [["Mixed_5b", 32], ["Mixed_5c", 64], ["Mixed_5d", 64]] as const) {
      x = this.blockA(x, name, filters);
    }
    x = this.blockB(x, "Mixed_6a");
    for (const [name, filters] of [["b", 128], ["c", 160], ["d", 160], ["e", 192]] as const) {
      x = this.blockC(x, `Mixed_6${name}`, filters);
    }
    return x;
  }

  /** Features of `lower` to those after Mixed_7c (stride 32). */
  upper(lower: Tensor): Tensor {
    return this.blockE(this.blockE(this.blockD(lower, "Mixed_7a"), "Mixed_7b"), "Mixed_7c");
  }

  /** torchvision's auxiliary head, designed for 299-pixel inputs; for smaller inputs the features are pooled to 5x5. */
  auxiliary(lower: Tensor, classes: number): Tensor {
    let x = this.net.averagePool(lower, "AuxLogits.average", { kernel: 5, stride: 3, atLeast: 5 });
    x = this.unit(x, "AuxLogits.conv0", [128]);
    x = this.unit(x, "AuxLogits.conv1", [768, { kernel: 5, deviation: 0.01 }]);
    const pooled = this.net.globalAveragePool(x, "AuxLogits.avgpool");
    return this.net.linear(pooled, "AuxLogits.fc", { outputs: classes, initializer: normal(0.001) });
  }
}

function picture({ size, channels }: ModelContext): Tensor {
  return tf.input({ shape: [size, size, channels], name: "image" });
}

const inceptionParams = z.strictObject({
  aux_logits: z.boolean().default(true).describe(
    "With the auxiliary head, which counts in training only",
  ),
  dropout: z.number().min(0).lt(1).default(0.5).describe("Share of features dropped before the last layer"),
  width_multiplier: widthMultiplier,
});

function buildInception(params: z.output<typeof inceptionParams>, context: ModelContext): tf.LayersModel {
  const inception = new Inception(context.seed, params.width_multiplier);
  const input = picture(context);
  const lower = inception.lower(input);
  const pooled = inception.net.globalAveragePool(inception.upper(lower), "avgpool");
  const dropped = inception.net.drop(pooled, "dropout", { rate: params.dropout, what: "values" });
  const logits = inception.net.linear(dropped, "fc", {
    outputs: context.classes,
    initializer: truncatedNormal(0.1),
  });
  const outputs = params.aux_logits ? [logits, inception.auxiliary(lower, context.classes)] : logits;
  return tf.model({ inputs: input, outputs, name: "inception_v3" });
}

const attentionParams = z.strictObject({
  attention_size: z.int().min(1).default(8).describe(
    "Side of the attention map; features of another side are pooled to it",
  ),
  aux_attention_size: z.int().min(1).default(8).describe(
    "Side of the auxiliary attention map on the features of stride 16",
  ),
  width_multiplier: widthMultiplier,
});

function buildAttention(params: z.output<typeof attentionParams>, context: ModelContext): tf.LayersModel {
  const inception = new Inception(context.seed, params.width_multiplier);
  const input = picture(context);
  const { classes } = context;
  const lower = inception.lower(input);
  const pooled = inception.net.adaptivePool(inception.upper(lower), "avgpool", params.attention_size);
  const logits = inception.net.attentionHead(pooled, "output", {
    convolutions: ["last_linear", "attention"],
    classes,
  });
  const auxiliary = inception.net.adaptivePool(lower, "aux_avgpool", params.aux_attention_size);
  const convolutions = ["aux_linear", "aux_attention"] as const;
  const auxiliaryLogits = inception.net.attentionHead(auxiliary, "aux_output", { convolutions, classes });
  return tf.model({ inputs: input, outputs: [logits, auxiliaryLogits], name: "attention_inceptionv3" });
}

export default [
  defineModel({
    name: "inception_v3",
    about: "Inception v3 (Szegedy et al., 2016), as torchvision has it; pictures of 75 pixels or more",
    params: inceptionParams,
    create: buildInception,
  }),
  defineModel({
    name: "attention_inceptionv3",
    about:
      "Inception v3 with upstream's attention heads on the last features and, in training, on those of stride 16",
    params: attentionParams,
    create: buildAttention,
  }),
];
