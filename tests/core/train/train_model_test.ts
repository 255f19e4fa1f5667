import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { listFiles } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { readRecords } from "../../../core/report/tensorboard.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { EpochRecord, TrainOptions, TrainResult } from "../../../core/train/types.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { recordsOf } from "./_history.ts";
import { signalOf, tinyConfig, tinyOptions } from "./_tiny.ts";
import { inFolder } from "../../_in_folder.ts";

await tf.setBackend("cpu");

/** The files of a run without times and with them, as what must be equal. */
async function outcome(dir: string) {
  const checkpoints = join(dir, "checkpoint");
  const files: Record<string, string> = {};
  for (const name of await listFiles(checkpoints)) {
    const bytes = await Deno.readFile(join(checkpoints, name));
    files[name] = name.startsWith("resume")
      ? ""
      : new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  const history = (await recordsOf(dir))
    .map(({ seconds: _seconds, ...record }) => record);
  return { files, history };
}

/** Ends a run after a number of validations and updates by its signal. */
function interruptAfter(options: TrainOptions, looks: number): TrainOptions {
  let seen = 0;
  return { ...options, signal: signalOf(() => ++seen > looks) };
}

async function trainUntilDone(options: TrainOptions, looks: number): Promise<TrainResult> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return await trainModel(interruptAfter(options, looks + attempt % 9));
    } catch (error) {
      assert(error instanceof Problem && error.kind === "interrupted", String(error));
    }
  }
  throw new Error("no progress");
}

describe("trainModel", () => {
  it("learns, keeps the best and the last checkpoints, tells the history", () =>
    inFolder(async (dir) => {
      const config = tinyConfig(dir, { train: { num_epochs: 12 }, checkpoint: { keep: 2, every_steps: 0 } });
      const result = await trainModel(await tinyOptions(config));
      const { files } = await outcome(dir);
      const best = `best_${String(result.best!.epoch).padStart(4, "0")}.safetensors`;
      assertEquals(Object.keys(files), [
        best,
        "epoch_0010.safetensors",
        "epoch_0011.safetensors",
        "resume.safetensors",
      ]);
      assertEquals(result.history.length, 12);
      assertEquals(result.history.map(({ epoch }) => epoch), [...Array(12).keys()]);
      assertEquals(result.history[0]!.step, 5);
      assertEquals(result.history[0]!.images, { train: 18, val: 7 });
      assert(result.history[11]!.train.loss < 0.8 * result.history[0]!.train.loss);
      assertEquals(result.best!.score, Math.max(...result.history.map(({ val }) => val.macro_f1!)));
    }));

  const recipes: [string, Record<string, Record<string, unknown>>][] = [
    ["with a plateau scheduler and accumulation", {
      train: { num_grad_acc: 2 },
      scheduler: { name: "reduce_lr_on_plateau", params: { patience: 0, mode: "min" } },
    }],
    ["with everything on", {
      train: {
        ema: 0.9,
        mixup: 0.2,
        cutmix: 1,
        clip_norm: 0.1,
        warmup_steps: 7,
        recompute: 2,
        backbone_rate: 0.5,
      },
      scheduler: { name: "one_cycle" },
      optimizer: { name: "adamw" },
    }],
  ];

  for (const [name, settings] of recipes) {
    it(`goes on after interrupts at any step as if never interrupted, ${name}`, () =>
      inFolder(async (root) => {
        const straight = join(root, "straight");
        await trainModel(await tinyOptions(tinyConfig(straight, settings)));
        const expected = await outcome(straight);
        for (const looks of [1, 2, 3, 4]) {
          const dir = join(root, `interrupted${looks}`);
          await trainUntilDone(await tinyOptions(tinyConfig(dir, settings)), looks);
          assertEquals(await outcome(dir), expected, `interrupted after ${looks}`);
        }
      }));
  }

  it("ends with the same weights when activations are recomputed", () =>
    inFolder(async (root) => {
      const [plain, recomputed] = [join(root, "plain"), join(root, "recomputed")];
      await trainModel(await tinyOptions(tinyConfig(plain)));
      await trainModel(await tinyOptions(tinyConfig(recomputed, { train: { recompute: 3 } })));
      assertEquals((await outcome(recomputed)).history, (await outcome(plain)).history);
    }));

  it("goes on to more epochs, and a finished run is a no-op", () =>
    inFolder(async (root) => {
      const [dir, straight] = [join(root, "a"), join(root, "b")];
      await trainModel(await tinyOptions(tinyConfig(straight)));
      const options = await tinyOptions(tinyConfig(dir));
      const first = await trainModel({ ...options, stopAfter: 1 });
      assertEquals(first.history.length, 1);
      await trainModel(options);
      assertEquals(await outcome(dir), await outcome(straight));
      const again = await trainModel(options);
      assertEquals(again.history.length, 3);
      assertEquals(await outcome(dir), await outcome(straight));
    }));

  it("tells the share of time that waited for images", () =>
    inFolder(async (root) => {
      const shares: number[] = [];
      const config = tinyConfig(root, { train: { num_epochs: 2 } });
      const onEpoch = (_record: EpochRecord, waiting: number) => shares.push(waiting);
      await trainModel({ ...await tinyOptions(config, { delay: 2 }), onEpoch });
      assertEquals(shares.length, 2);
      for (const share of shares) assert(share > 0 && share < 1, String(share));
    }));

  it("starts over with fresh and leaves other files alone", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir));
      await trainModel(options);
      const before = await outcome(dir);
      await Deno.writeTextFile(join(dir, "notes.txt"), "mine");
      await Deno.writeTextFile(join(dir, "checkpoint", "swa.10.002.safetensors"), "old average");
      await trainModel({ ...options, fresh: true });
      assertEquals(await outcome(dir), before);
      assertEquals(await Deno.readTextFile(join(dir, "notes.txt")), "mine");
    }));

  it("leaks no tensor: after a run there are as many as before", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir, { train: { num_grad_acc: 2, num_epochs: 1 } }));
      await trainModel(options);
      const before = tf.memory().numTensors;
      const config = tinyConfig(dir, { train: { num_epochs: 4, num_grad_acc: 2 } });
      await trainModel({ ...options, experiment: await options.experiment.with({ config }) });
      assertEquals(tf.memory().numTensors, before);
    }));

  it("holds no more tensors from step to step", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir, { train: { num_epochs: 2 } }));
      const counts: number[] = [];
      const signal = signalOf(() => {
        counts.push(tf.memory().numTensors);
        return false;
      });
      await trainModel({ ...options, signal });
      // The first step makes the optimizer's slots; the looks of the validation see other tensors.
      assertEquals(counts[2], counts[1]);
      assertEquals(counts[3], counts[1]);
    }));

  it("writes one event file of whole records that a resume continues", () =>
    inFolder(async (root) => {
      const sizes: number[] = [];
      for (const [name, looks] of [["straight", 1000], ["interrupted", 3]] as const) {
        const dir = join(root, name);
        await trainUntilDone(await tinyOptions(tinyConfig(dir)), looks);
        const names = (await listFiles(dir)).filter((file) => file.startsWith("events."));
        assertEquals(names.length, 1);
        const bytes = await Deno.readFile(join(dir, names[0]!));
        const records = readRecords(bytes);
        assertEquals(records.reduce((sum, record) => sum + record.length + 16, 0), bytes.length);
        sizes.push(records.length);
      }
      assertEquals(sizes[1], sizes[0]);
    }));

  it("passes over batches whose images are all broken", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir, { train: { num_grad_acc: 2, num_epochs: 1 } }), {
        skip: [1, 4],
      });
      const { history } = await trainModel(options);
      assertEquals(history[0]!.images.train, 12);
      assertEquals(history[0]!.step, 2);
    }));

  it("weighs auxiliary outputs by 0.4 while learning and not at all in validation", () =>
    inFolder(async (root) => {
      const records = [];
      for (const auxiliary of [false, true]) {
        const changes = {
          model: { params: { auxiliary } },
          optimizer: { params: { lr: 0 } },
          train: { num_epochs: 1 },
        };
        const options = await tinyOptions(tinyConfig(join(root, String(auxiliary)), changes));
        records.push((await trainModel(options)).history[0]!);
      }
      assertEquals(records[0]!.val.loss, records[1]!.val.loss);
      assert(records[1]!.train.loss > 1.3 * records[0]!.train.loss);
    }));

  it("writes PyTorch names and says epoch, step and scores in the header", () =>
    inFolder(async (dir) => {
      await trainModel(await tinyOptions(tinyConfig(dir, { train: { num_epochs: 1 } })));
      const file = readSafetensors(await Deno.readFile(join(dir, "checkpoint", "epoch_0000.safetensors")));
      assertEquals(file.tensors.get("conv1.weight")!.shape, [4, 2, 3, 3]);
      assertEquals(file.metadata.get("epoch"), "0");
      assertEquals(file.metadata.get("step"), "5");
      assert(JSON.parse(file.metadata.get("metrics")!).macro_f1 >= 0);
    }));
});

describe("trainModel refuses", () => {
  async function refusal(
    dir: string,
    before: Record<string, Record<string, unknown>>,
    stop = 1,
  ): Promise<Problem> {
    await trainModel({ ...await tinyOptions(tinyConfig(dir)), stopAfter: stop });
    return await assertRejects(
      async () => await trainModel(await tinyOptions(tinyConfig(dir, before))),
      Problem,
    );
  }

  it("a checkpoint of another model, naming both", () =>
    inFolder(async (dir) => {
      const problem = await refusal(dir, { model: { params: { hidden: 8 } } });
      assertEquals(problem.exitCode, 2);
      assert(problem.message.includes("model.params.hidden"), problem.message);
      assert(problem.next!.includes("--fresh"));
    }));

  it("a truncated resume file, naming it", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir));
      await trainModel({ ...options, stopAfter: 1 });
      const path = join(dir, "checkpoint", "resume.safetensors");
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.subarray(0, bytes.length - 100));
      const problem = await assertRejects(() => trainModel(options), Problem, path);
      assertEquals(problem.exitCode, 3);
      assert(problem.next!.includes("--fresh"));
    }));

  it("a file of another kind under the resume file's name", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir));
      await trainModel({ ...options, stopAfter: 1 });
      const checkpoints = join(dir, "checkpoint");
      await Deno.copyFile(
        join(checkpoints, "epoch_0000.safetensors"),
        join(checkpoints, "resume.safetensors"),
      );
      await assertRejects(() => trainModel(options), Problem, "is not a resume file");
    }));

  it("to go on with a loss that is no number, keeping what was saved", () =>
    inFolder(async (dir) => {
      const config = tinyConfig(dir, { optimizer: { name: "sgd", params: { lr: 1e30 } } });
      const options = await tinyOptions(config);
      const problem = await assertRejects(() => trainModel(options), Problem, "the loss is");
      assertEquals(problem.exitCode, 1);
    }));

  it("examples without labels", () =>
    inFolder(async (dir) => {
      const options = await tinyOptions(tinyConfig(dir));
      const loader = options.loaders!.train;
      async function* unlabelled(epoch: number) {
        for await (const batch of loader.batches(epoch)) yield { ...batch, labels: null };
      }
      const loaders = { ...options.loaders!, train: { ...loader, batches: unlabelled } };
      const problem = await assertRejects(
        () => trainModel({ ...options, loaders }),
        Problem,
        "labels are unknown",
      );
      assertEquals(problem.exitCode, 3);
    }));
});
