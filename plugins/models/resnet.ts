import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { NetworkBuilder } from "../../network.ts";
import { defineModel, type ModelContext, type Plugin } from "../../plugin.ts";

const params = z.strictObject({
  width: z.int().min(1).default(64).describe(
    "Filters of the first stage; the later ones have 2, 4 and 8 times as many",
  ),
});

/** A ResNet (He et al., 2015), with torchvision's module names. */
interface Architecture {
  readonly name: string;
  readonly blocks: readonly number[];
  /** Basic: two 3x3 convolutions; bottleneck: 1x1, 3x3 and 1x1 with four times the filters. */
  readonly block: "basic" | "bottleneck";
}

interface BlockOptions {
  readonly filters: number;
  readonly stride: number;
}

type Block = (
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  at: BlockOptions & { readonly name: string },
) => tf.SymbolicTensor;

function shortcut(
  net: NetworkBuilder,
  x: tf.SymbolicTensor,
  at: BlockOptions & { readonly name: string },
): tf.SymbolicTensor {
  if (at.stride === 1 && x.shape[3] === at.filters) return x;
  const projected = net.conv(x, `${at.name}.downsample.0`, {
    filters: at.filters,
    kernel: 1,
    stride: at.stride,
  });
  return net.norm(projected, `${at.name}.downsample.1`);
}

const basicBlock: Block = (net, x, { name, filters, stride }) => {
  let y = net.conv(x, `${name}.conv1`, { filters, kernel: 3, stride, padding: 1 });
  y = net.norm(y, `${name}.bn1`, { activation: "relu" });
  y = net.conv(y, `${name}.conv2`, { filters, kernel: 3, padding: 1 });
  const residual = shortcut(net, x, { name, filters, stride });
  return net.norm(y, `${name}.bn2`, { residual, activation: "relu" });
};

const bottleneck: Block = (net, x, { name, filters, stride }) => {
  let y = net.conv(x, `${name}.conv1`, { filters, kernel: 1 });
  y = net.norm(y, `${name}.bn1`, { activation: "relu" });
  y = net.conv(y, `${name}.conv2`, { filters, kernel: 3, stride, padding: 1 });
  y = net.norm(y, `${name}.bn2`, { activation: "relu" });
  y = net.conv(y, `${name}.conv3`, { filters: 4 * filters, kernel: 1 });
  const residual = shortcut(net, x, { name, filters: 4 * filters, stride });
  return net.norm(y, `${name}.bn3`, { residual, activation: "relu" });
};

function build(architecture: Architecture, width: number, context: ModelContext): tf.LayersModel {
  const net = new NetworkBuilder(context.seed);
  const block = architecture.block === "basic" ? basicBlock : bottleneck;
  const input = tf.input({ shape: [context.size, context.size, context.channels], name: "image" });
  let x = net.conv(input, "conv1", { filters: width, kernel: 7, stride: 2, padding: 3 });
  x = net.norm(x, "bn1", { activation: "relu" });
  x = net.maxPool(x, "maxpool", { kernel: 3, stride: 2, padding: 1 });
  architecture.blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      x = block(net, x, { name: `layer${stage + 1}.${index}`, filters: width * 2 ** stage, stride });
    }
  });
  const logits = net.linear(net.globalAveragePool(x, "avgpool"), "fc", { outputs: context.classes });
  return tf.model({ inputs: input, outputs: logits, name: architecture.name });
}

function plugin(architecture: Architecture): Plugin<"models"> {
  return defineModel({
    name: architecture.name,
    about: `Residual network with ${
      architecture.blocks.join(", ")
    } ${architecture.block} blocks (He et al., 2016), as torchvision has it`,
    params,
    create: ({ width }, context) => build(architecture, width, context),
  });
}

export default [
  plugin({ name: "resnet18", blocks: [2, 2, 2, 2], block: "basic" }),
  plugin({ name: "resnet34", blocks: [3, 4, 6, 3], block: "basic" }),
  plugin({ name: "resnet50", blocks: [3, 4, 6, 3], block: "bottleneck" }),
];
