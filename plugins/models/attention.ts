import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { disposeUnused, lastFeatures, NetworkBuilder } from "../../network.ts";
import { defineModel, type Model, type ModelContext } from "../../plugin.ts";

const params = z.strictObject({
  cnn: z.string().default("resnet34").describe("Name of the model plugin whose features are used"),
  cnn_params: z.record(z.string(), z.unknown()).default({}).describe("Parameters of that model"),
  attention_size: z.int().min(1).default(8).describe(
    "Side of the attention map; features of another side are pooled to it",
  ),
});

function create(settings: z.output<typeof params>, context: ModelContext): Model {
  const backbone = context.model(settings.cnn, settings.cnn_params);
  const net = new NetworkBuilder(context.seed);
  const pooled = net.adaptivePool(lastFeatures(backbone), "attention_avgpool", settings.attention_size);
  const convolutions = ["last_linear", "attention"] as const;
  const logits = net.attentionHead(pooled, "output", { convolutions, classes: context.classes });
  const model = tf.model({ inputs: backbone.inputs, outputs: logits, name: `attention_${backbone.name}` });
  disposeUnused(backbone, model);
  return Object.assign(model, { layerGroup: backbone.layerGroup });
}

/** Upstream's attention-pooling head on any backbone; the backbone keeps its module names. */
export default defineModel({
  name: "attention",
  about: "Upstream's attention head instead of the average pool, on the features of any model",
  params,
  create,
});
