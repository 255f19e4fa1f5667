import { z } from "zod";
import { pluginChoice } from "./plugin_choice.ts";

const params = z.record(z.string(), z.unknown()).default({}).describe("Parameters of the plugin");

function named(what: string, fallback: string) {
  const name = z.string().default(fallback).describe(`Name of the ${what} plugin`);
  return z.strictObject({ name, params }).prefault({});
}

function precision(what: string) {
  return z.enum(["float32", "bfloat16", "float16", "auto"]).default("float32").describe(
    `Number format of convolutions and matrix products in ${what}; auto: what the machine computes fastest`,
  );
}

/** Schema of an experiment's YAML config. Keys and defaults of upstream come first, then Podium's own. */
export const configSchema = z.strictObject({
  data: z.strictObject({
    name: z.string().default("DefaultDataset").describe("Name of the dataset plugin"),
    dir: z.string().default("./data").describe("Folder of the images and CSV files"),
    params,
    layout: z.string().default("auto").describe("Name of the layout plugin, or auto to look at the folder"),
    layout_params: z.record(z.string(), z.unknown()).default({}).describe("Parameters of the layout plugin"),
    on_broken: z.enum(["fail", "skip"]).default("fail").describe(
      "What to do with an image that is missing or cannot be decoded",
    ),
    exclude: z.string().nullable().default(null).describe(
      "CSV file whose column Id names images that are left out of the train split, or null",
    ),
    max_pixels: z.int().min(1).default(100_000_000).describe("Largest image accepted, in pixels"),
    depth: z.union([z.literal(8), z.literal(16)]).default(8).describe(
      "Bits of a sample up to normalisation: 16 keeps the low byte of 16-bit files",
    ),
    decoders: z.record(z.string(), z.record(z.string(), z.unknown())).default({}).describe(
      "Parameters of decoder plugins by name, such as {dicom: {window: [40, 400]}}",
    ),
    targets: z.union([z.string().transform((path) => [path]), z.array(z.string()).min(1)]).nullable()
      .default(null).describe(
        "Prediction files to learn from, of train or test images (distillation, pseudo-labels): a path, a list, null",
      ),
    target_share: z.number().min(0).max(1).default(1).describe(
      "Share of predictions in a train image's target (distillation's alpha); its labels give the rest",
    ),
    cache: z.string().nullable().default(null).describe(
      "Folder of image shards made by cache_images, or null",
    ),
  }).prefault({}),
  model: named("model", "resnet34"),
  train: z.strictObject({
    dir: z.string().default("./result/out").describe("Folder of the run: checkpoints, history, events"),
    batch_size: z.int().min(1).default(64).describe("Images per step"),
    num_epochs: z.int().min(1).default(2000).describe("Passes over the train split"),
    num_grad_acc: z.int().min(1).nullable().default(null).describe(
      "Steps whose gradients are averaged into one update",
    ),
    clip_norm: z.number().gt(0).nullable().default(null).describe(
      "Longest gradient over all parameters together; longer ones are shortened to it",
    ),
    warmup_steps: z.int().min(0).default(0).describe("Updates over which the learning rate rises from 0"),
    early_stopping: z.int().min(1).nullable().default(null).describe(
      "Stop after this many epochs without a better validation score",
    ),
    metric: pluginChoice("metric").default("macro_f1").describe(
      "Metric that picks the best epoch, stops early and lowers the rate on a plateau: a name, or {name, params}",
    ),
    ema: z.number().gt(0).lt(1).nullable().default(null).describe(
      "Decay of a running mean of the weights, which is what is validated and saved (0.999)",
    ),
    mixup: z.number().min(0).default(0).describe("Mix pairs of images; Beta(x, x) draws the shares (0.2)"),
    cutmix: z.number().min(0).default(0).describe(
      "Put a box of another image in; Beta(x, x) draws its area (1)",
    ),
    mix_prob: z.number().min(0).max(1).default(1).describe("Share of images that mixup or cutmix mixes"),
    mix_switch_prob: z.number().min(0).max(1).default(0.5).describe(
      "Share of mixed images that get cutmix rather than mixup where both are on",
    ),
    mix_off_epoch: z.int().min(1).nullable().default(null).describe(
      "First epoch without mixup and cutmix, counted from 0, or null: all epochs mix",
    ),
    sampling: z.enum(["all", "balanced"]).default("all").describe(
      "Every image once per epoch, or images drawn so that rare classes come as often as common ones",
    ),
    backbone_rate: z.number().min(0).default(1).describe(
      "Factor on the learning rate of everything but the last layer",
    ),
    layer_decay: z.number().gt(0).max(1).default(1).describe(
      "Factor on the learning rate from each block to the one before it, the last layer at the full rate (0.75)",
    ),
    recompute: z.int().min(1).default(1).describe(
      "Parts of the model whose activations are computed twice to save memory; 1: none",
    ),
    precision: precision("training"),
    recorded: z.boolean().default(true).describe(
      "Replay forward and backward as one TensorFlow function (backend tensorflow); results are the same",
    ),
  }).prefault({}),
  eval: z.strictObject({
    batch_size: z.int().min(1).default(64).describe("Images per step in evaluation and inference"),
    precision: precision("inference"),
  }).prefault({}),
  optimizer: named("optimizer", "adam"),
  scheduler: named("scheduler", "none"),
  transform: z.strictObject({
    name: z.string().default("default_transform").describe("Name of the transform plugin"),
    num_preprocessor: z.int().min(0).default(4).describe(
      "Worker threads that prepare images; results do not depend on it",
    ),
    params,
  }).prefault({}),
  loss: z.strictObject({ name: z.string().describe("Name of the loss plugin"), params }),

  seed: z.int().min(0).default(0).describe("Seed of weights, order and augmentation"),
  backend: z.string().default("auto").describe(
    "Name of the backend plugin, or auto for the fastest that starts",
  ),
  threads: z.int().min(0).default(0).describe("Threads of the backend; 0 leaves it to the backend"),
  loggers: z.array(pluginChoice("logger")).default(["tensorboard"]).describe(
    "Loggers of a training: names, or {name, params}; index.html and history.jsonl are always written",
  ),
  plugins: z.array(z.string()).default([]).describe("Plugin files of your own, inside the working folder"),
  checkpoint: z.strictObject({
    every_steps: z.int().min(0).default(500).describe(
      "Save also inside an epoch after this many steps; 0: never",
    ),
    keep: z.int().min(1).default(10).describe("Epoch checkpoints kept, beside the best"),
  }).prefault({}),
  search: z.strictObject({
    method: z.enum(["random", "density_matching", "halving", "asha"]).default("random").describe(
      "How policies are searched",
    ),
    trials: z.int().min(1).default(50).describe("Policies tried"),
    keep: z.int().min(1).default(5).describe("Policies written to best_policy.data"),
    average: z.int().min(1).default(10).describe(
      "A trial's score is the best mean of the metric over this many epochs",
    ),
    metric: pluginChoice("metric").nullable().default(null).describe(
      "Metric that compares trainings; null: train.metric, where macro_f1 is over the classes that occur",
    ),
    operations: z.array(z.string()).nullable().default(null).describe(
      "Augmentation plugins to search over, or null for all that declare a space",
    ),
    space: z.record(z.string(), z.record(z.string(), z.unknown())).default({}).describe(
      "Ranges by operation in place of the plugin's, or for one that declares none: [low, high] or {choice: [...]}",
    ),
    seeds: z.int().min(0).default(3).describe(
      "Fresh seeds that confirm the best beside no policy and TrivialAugment; 0: no confirmation",
    ),
    confirm: z.int().min(0).default(1).describe("Single policies confirmed, beside the best together"),
    confirm_epochs: z.int().min(1).nullable().default(null).describe(
      "Epochs of a confirming training, or null: all for random, a fifth of them for the cheaper methods",
    ),
    networks: z.int().min(1).max(2).default(1).describe(
      "Networks by which density_matching judges; the second is trained on the validation split",
    ),
    draws: z.int().min(2).default(5).describe(
      "Views of each held-out image by which density_matching judges",
    ),
    held_out: z.int().min(1).default(1024).describe("Held-out images by which density_matching judges"),
  }).nullable().default(null).describe(
    "A search config: train runs the search; so it does with the SmallDataset of upstream's search.yml",
  ),
});

/** A validated config with all defaults filled in. */
export type Config = z.output<typeof configSchema>;
