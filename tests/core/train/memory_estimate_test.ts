import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { passBytes } from "../../../core/train/memory_estimate.ts";
import { CHANNELS, CLASSES, SIZE, tinyConfig, tinyRegistry } from "./_tiny.ts";

await tf.setBackend("cpu");

Deno.test("a pass holds every module's output and its gradient", async () => {
  const shape = { classes: CLASSES, channels: CHANNELS, size: SIZE };
  const model = createModel(tinyConfig("unused"), await tinyRegistry(), shape);
  // conv1 and bn1 give 4 channels of 4 by 4, fc 3 logits: float32 with gradients.
  assertEquals(passBytes(model, 1), 2 * 4 * (64 + 64 + 3));
  model.dispose();
});

Deno.test("attention holds its scores and their softmax too", async () => {
  const registry = await loadPlugins([], ["models"]);
  const config = {
    model: { name: "vit_small_patch16_224", params: { width: 8, stochastic_depth: 0 } },
    seed: 1,
  };
  const [small, large] = [32, 64].map((size) => {
    const model = createModel(config, registry, { classes: 3, channels: 4, size });
    const bytes = passBytes(model, 1);
    model.dispose();
    return bytes;
  });
  // Channels of a token at the outputs of modules: in front, in 11 blocks, in the last, which goes on with one token.
  const channels = 8 * (3 + 11 * (1 + 3 + 1 + 1 + 1 + 4 + 1) + (1 + 3 + 1));
  assertEquals(large! - small!, 2 * 4 * (12 * channels + 12 * 2 * (17 ** 2 - 5 ** 2)));
});

Deno.test("recomputed parts hold less, down to what goes from part to part", async () => {
  const registry = await loadPlugins([], ["models"]);
  const config = { model: { name: "resnet34", params: { width: 8 } }, seed: 1 };
  const model = createModel(config, registry, { classes: 3, channels: 4, size: 64 });
  const [whole, two, eight] = [1, 2, 8].map((parts) => passBytes(model, parts));
  assert(two! < 0.8 * whole! && eight! < 0.6 * two!, `${whole}, ${two}, ${eight}`);
  model.dispose();
});
