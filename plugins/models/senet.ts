import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { NetworkBuilder } from "../../network.ts";
import { defineModel, type ModelContext, type Plugin } from "../../plugin.ts";

const GROUPS = 32;
const BLOCKS = [3, 4, 6, 3] as const;

const params = z.strictObject({
  width: z.int().min(8).multipleOf(8).default(64).describe(
    "Filters of the stem; the stages have 4, 8, 16 and 32 times as many (their grouped convolutions half of that)",
  ),
});

/** A variant of SE-ResNeXt: the same architecture with other module names and stem pooling. */
interface Variant {
  readonly name: string;
  readonly about: string;
  /** Module paths of the stem's convolution and batch norm. */
  readonly stem: readonly [conv: string, norm: string];
  /** Max pooling of the stem. */
  readonly pool: { readonly padding?: number; readonly ceilMode?: boolean };
  /** Module path of squeeze-and-excitation within a block. */
  readonly excitation: string;
  readonly head: string;
}

interface BlockOptions {
  readonly name: string;
  readonly filters: number;
  readonly stride: number;
  readonly excitation: string;
}

/** Groups of the 3x3 convolution: 32, or one per channel in narrow variants with fewer channels. */
function groupsOf(filters: number): number {
  return Math.min(GROUPS, filters);
}

function shortcut(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  { name, filters, stride }: BlockOptions,
): tf.SymbolicTensor {
  if (stride === 1 && x.shape[3] === filters) return x;
  return net.norm(
    net.conv(x, `${name}.downsample.0`, { filters, kernel: 1, stride }),
    `${name}.downsample.1`,
  );
}

/** Bottleneck: 1x1, grouped 3x3, 1x1, squeeze-and-excitation, residual; `filters` is the output width. */
function block(net: NetworkBuilder, x: tf.SymbolicTensor, at: BlockOptions): tf.SymbolicTensor {
  const { name, filters, stride } = at;
  const inner = filters / 2;
  let y = net.conv(x, `${name}.conv1`, { filters: inner, kernel: 1 });
  y = net.norm(y, `${name}.bn1`, { activation: "relu" });
  y = net.conv(y, `${name}.conv2`, {
    filters: inner,
    kernel: 3,
    stride,
    padding: 1,
    groups: groupsOf(inner),
  });
  y = net.norm(y, `${name}.bn2`, { activation: "relu" });
  y = net.norm(net.conv(y, `${name}.conv3`, { filters, kernel: 1 }), `${name}.bn3`);
  y = net.squeezeExcite(y, `${name}.${at.excitation}`, {
    filters: Math.max(1, filters / 16),
    activation: "relu",
  });
  return net.add(y, `${name}.add`, { residual: shortcut(net, x, at), activation: "relu" });
}

function build(variant: Variant, width: number, context: ModelContext): tf.LayersModel {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  let x = net.conv(input, variant.stem[0], { filters: width, kernel: 7, stride: 2, padding: 3 });
  x = net.norm(x, variant.stem[1], { activation: "relu" });
  x = net.maxPool(x, "pool", { kernel: 3, stride: 2, ...variant.pool });
  BLOCKS.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const name = `layer${stage + 1}.${index}`;
      x = block(net, x, { name, filters: width * 4 * 2 ** stage, stride, excitation: variant.excitation });
    }
  });
  const logits = net.linear(net.globalAveragePool(x, "avgpool"), variant.head, { outputs: context.classes });
  return tf.model({ inputs: input, outputs: logits, name: variant.name });
}

function plugin(variant: Variant): Plugin<"models"> {
  const { name, about } = variant;
  return defineModel({ name, about, params, create: ({ width }, context) => build(variant, width, context) });
}

export default [
  plugin({
    name: "se_resnext50",
    about: "SE-ResNeXt-50 32x4d of pretrainedmodels (timm: legacy_seresnext50_32x4d), which upstream uses",
    stem: ["layer0.conv1", "layer0.bn1"],
    pool: { ceilMode: true },
    excitation: "se_module",
    head: "last_linear",
  }),
  plugin({
    name: "seresnext50_32x4d",
    about: "SE-ResNeXt-50 32x4d of timm; its weights do not fit se_resnext50",
    stem: ["conv1", "bn1"],
    pool: { padding: 1 },
    excitation: "se",
    head: "fc",
  }),
];
