import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decisiveConfig } from "../../../core/run_folder/config_changes.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { Listener, tinyConfig, tinyOptions } from "../train/_tiny.ts";

await tf.setBackend("cpu");

type Changes = Record<string, Record<string, unknown>>;

/** What is said when one epoch of a run is followed by others under another config. */
async function warnings(before: Changes, after: Changes): Promise<string[]> {
  const dir = await Deno.makeTempDir();
  try {
    const configOf = (changes: Changes, epochs: number) =>
      tinyConfig(dir, { ...changes, train: { dir, batch_size: 4, num_epochs: epochs, ...changes.train } });
    await trainModel(await tinyOptions(configOf(before, 1)));
    const output = new Listener();
    await trainModel(await tinyOptions(configOf(after, 2), {}, { output }));
    return output.warnings;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a run goes on without a word for more epochs, or for how it computes", async () => {
  const after = { train: { early_stopping: 3, recompute: 2, recorded: false } };
  assertEquals(await warnings({}, after), []);
});

Deno.test("more epochs are told where the learning rate follows them", async () => {
  const changes = { scheduler: { name: "one_cycle" } };
  assertEquals(await warnings(changes, changes), [
    "going on with a changed config: train.num_epochs: 1 in the checkpoint, 2 now",
  ]);
});

Deno.test("what changes the weights is told", async () => {
  assertEquals(await warnings({}, { optimizer: { name: "adam", params: { lr: 0.5 } } }), [
    "going on with a changed config: optimizer.params.lr: 0.01 in the checkpoint, 0.5 now",
  ]);
});

Deno.test("later keys of the train section are in a saved config only where they do something", () => {
  const saved = (train: Record<string, unknown>) =>
    JSON.stringify(decisiveConfig(tinyConfig("dir", { train })));
  for (const key of ["mix_prob", "mix_switch_prob", "mix_off_epoch", "layer_decay"]) {
    assert(!saved({}).includes(key), key);
  }
  assertStringIncludes(saved({ layer_decay: 0.75, mix_off_epoch: 3 }), '"mix_off_epoch":3,');
  assertStringIncludes(saved({ layer_decay: 0.75, mix_off_epoch: 3 }), '"layer_decay":0.75');
});

Deno.test("a changed layer decay is told on resume", async () => {
  assertEquals(await warnings({}, { train: { layer_decay: 0.5 } }), [
    "going on with a changed config: train.layer_decay: the default in the checkpoint, 0.5 now",
  ]);
});
