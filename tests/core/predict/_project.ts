import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { Experiment } from "../../../core/experiment/experiment.ts";
import { type Config, configSchema } from "../../../core/config/schema.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { NetworkBuilder } from "../../../core/nn/builder.ts";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import type { Model, ModelContext } from "../../../core/plugin/contracts.ts";
import { defineModel } from "../../../core/plugin/define.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Random } from "../../../core/base/random.ts";
import { saveWeights } from "../../../core/run_folder/checkpoint.ts";
import { createModel } from "../../../core/experiment/create_model.ts";

const CLASSES = ["a", "b", "c"], PICTURES = 24, SIDE = 9;

/** What sets a project apart. */
export interface ProjectOptions {
  /** Whether the kernels look the same after any turn or flip. */
  readonly symmetric: boolean;
  readonly multiLabel: boolean;
}

/** Fills a kernel `[3, 3, inputs, filters]`; a symmetric one depends on the distance from its middle alone. */
function fillKernel(kernel: tf.Variable, symmetric: boolean): void {
  const [, , inputs, filters] = kernel.shape as [number, number, number, number];
  const values = Float32Array.from({ length: kernel.size }, (_, index) => {
    const place = Math.floor(index / inputs / filters), rest = index % (inputs * filters);
    const distance = Math.abs(Math.floor(place / 3) - 1) + Math.abs(place % 3 - 1);
    return new Random(5, "kernel", symmetric ? distance : place, rest).uniform(-1, 1);
  });
  tf.tidy(() => kernel.assign(tf.tensor(values, kernel.shape)));
}

function build({ symmetric }: { symmetric: boolean }, context: ModelContext): Model {
  const net = new NetworkBuilder(context.seed);
  const input = tf.input({ shape: [context.size, context.size, context.channels] });
  const x = net.norm(net.conv(input, "conv1", { filters: 6, kernel: 3, padding: 1 }), "bn1", {
    activation: "relu",
  });
  const logits = net.linear(net.globalAveragePool(x, "avgpool"), "fc", { outputs: context.classes });
  const model = tf.model({ inputs: input, outputs: logits });
  const variables = namedVariables(model);
  fillKernel(variables.get("conv1.weight")!, symmetric);
  const head = variables.get("fc.weight")!;
  tf.tidy(() => head.assign(head.mul(20)));
  return model;
}

const model = defineModel({
  name: "one_convolution",
  about: "A convolution, a rectifier and a mean over all places",
  params: z.strictObject({ symmetric: z.boolean().default(true).describe("Whether turns change nothing") }),
  create: build,
});

async function writePictures(dir: string): Promise<void> {
  await Deno.mkdir(join(dir, "test"), { recursive: true });
  const ids = Array.from({ length: PICTURES }, (_, i) => `picture${String(i).padStart(2, "0")}`);
  for (const [seed, id] of ids.entries()) {
    const random = new Random(seed, "picture");
    const [level, down, across] = [random.uniform(0, 255), random.uniform(-25, 25), random.uniform(-25, 25)];
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
      const y = Math.floor(i / 3 / SIDE), x = Math.floor(i / 3) % SIDE;
      return Math.min(255, Math.max(0, level + down * y + across * x + random.uniform(-60, 60)));
    });
    await Deno.writeFile(
      join(dir, "test", `${id}.png`),
      await encodePng({ data, height: SIDE, width: SIDE, channels: 3 }),
    );
  }
  await Deno.writeTextFile(join(dir, "train.csv"), "Id,Target\nx,a\ny,b\nz,c\n");
  await Deno.writeTextFile(
    join(dir, "sample_submission.csv"),
    ["Id,Target", ...ids.map((id) => `${id},a`)].join("\n"),
  );
}

function makeConfig(dir: string, { symmetric, multiLabel }: ProjectOptions): Config {
  return configSchema.parse({
    data: {
      dir,
      layout: "csv_folder",
      layout_params: { target: multiLabel ? "class_set" : "class", classes: CLASSES },
    },
    model: { name: model.name, params: { symmetric } },
    train: { dir: join(dir, "run") },
    eval: { batch_size: 40 },
    loss: { name: multiLabel ? "binary_focal_loss" : "softmax_cross_entropy" },
    transform: { num_preprocessor: 0, params: { size: SIDE } },
    backend: "cpu",
  });
}

/** Test pictures, a model of one convolution and its checkpoint, in a folder that is removed afterwards. */
export async function withProject(
  options: ProjectOptions,
  body: (experiment: Experiment, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await writePictures(dir);
    const config = makeConfig(dir, options);
    const registry = await loadPlugins();
    registry.add(model, "_project.ts");
    await tf.setBackend("cpu");
    const network = createModel(config, registry, { classes: CLASSES.length, channels: 3, size: SIDE });
    const path = join(dir, "run", "checkpoint", "epoch_0000.safetensors");
    await saveWeights(network, [path], { epoch: 0, step: 1, metrics: {}, config: {} });
    network.dispose();
    await body(new Experiment({ path: "test.yml", config, registry }), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
