import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { Problem } from "../../../core/base/problem.ts";
import { clipGradients } from "../../../core/optim/clip_gradients.ts";
import { createModel } from "../../../core/experiment/create_model.ts";
import { WeightAverage } from "../../../core/optim/weight_average.ts";
import { headModules } from "../../../core/nn/frozen_modules.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainResult } from "../../../core/train/types.ts";
import { decodeNumbers } from "../../../core/weights/decode_numbers.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { CHANNELS, CLASSES, SIZE, tinyConfig, tinyOptions, tinyRegistry } from "./_tiny.ts";

await tf.setBackend("cpu");
const SHAPE = { classes: CLASSES, channels: CHANNELS, size: SIZE };
const SGD = { optimizer: { name: "sgd", params: { lr: 1, momentum: 0, nesterov: false } } };

/** Weights by name, and what the run told. */
interface Trained {
  readonly result: TrainResult;
  weight(name: string): number[];
  /** The weights that training goes on with. */
  raw(name: string): number[];
}

async function train(
  changes: Record<string, Record<string, unknown>>,
  settings: Record<string, unknown> = {},
): Promise<Trained> {
  const dir = await Deno.makeTempDir();
  try {
    const config = tinyConfig(dir, { ...changes, train: { num_epochs: 1, ...settings } });
    const result = await trainModel(await tinyOptions(config));
    const last = `epoch_${String(result.history.length - 1).padStart(4, "0")}.safetensors`;
    const file = readSafetensors(await Deno.readFile(join(dir, "checkpoint", last)));
    const resume = readSafetensors(await Deno.readFile(join(dir, "checkpoint", "resume.safetensors")));
    return {
      result,
      weight: (name) => [...decodeNumbers(file.tensors.get(name)!)!],
      raw: (name) => [...decodeNumbers(resume.tensors.get(`model.${name}`)!)!],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function initial(name: string): Promise<number[]> {
  const still = await train({ optimizer: { params: { lr: 0 } } });
  return still.weight(name);
}

function distance(a: number[], b: number[]): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!));
}

describe("clip_norm", () => {
  it("scales all gradients alike to the length, and leaves shorter ones alone", () => {
    const clipped = clipGradients({ a: tf.tensor1d([3, 0]), b: tf.tensor1d([4]) }, 1);
    clipped["a"]!.dataSync().forEach((value, i) => assertAlmostEquals(value, [0.6, 0][i]!, 1e-6));
    assertAlmostEquals(clipped["b"]!.dataSync()[0]!, 0.8, 1e-6);
    const short = clipGradients({ a: tf.tensor1d([0.3, 0.4]) }, 1);
    short["a"]!.dataSync().forEach((value, i) => assertAlmostEquals(value, [0.3, 0.4][i]!, 1e-7));
  });

  it("bounds what an epoch changes", async () => {
    const start = await initial("fc.weight");
    const [free, clipped] = [await train(SGD), await train(SGD, { clip_norm: 1e-4 })];
    // Five updates of length 1e-4 at a learning rate of 1.
    assert(distance(clipped.weight("fc.weight"), start) <= 5.01e-4);
    assert(distance(free.weight("fc.weight"), start) > 1e-3);
  });
});

describe("warmup_steps", () => {
  it("begins with a share of the learning rate", async () => {
    const start = await initial("fc.weight");
    const [full, warm] = [await train(SGD), await train(SGD, { warmup_steps: 100_000 })];
    const ratio = distance(warm.weight("fc.weight"), start) / distance(full.weight("fc.weight"), start);
    assert(ratio > 1e-5 && ratio < 1e-4, `ratio ${ratio}`);
  });
});

describe("early_stopping", () => {
  it("ends after so many epochs without a better score", async () => {
    const still = { optimizer: { params: { lr: 0 } }, model: { params: {} } };
    const { result } = await train({ ...still, loss: { name: "cross_entropy" } }, {
      num_epochs: 20,
      early_stopping: 2,
    });
    assert(result.history.length < 20, `${result.history.length} epochs`);
    assertEquals(result.history.length, result.best!.epoch + 3);
  });
});

describe("ema", () => {
  it("is the running mean with a ramp, and swaps in and out", async () => {
    const model = createModel(tinyConfig("unused"), await tinyRegistry(), SHAPE);
    const bias = model.getLayer("fc").getWeights()[1] as tf.Tensor;
    const layer = model.getLayer("fc") as unknown as { parameters: Map<string, { variable: tf.Variable }> };
    const { variable } = layer.parameters.get("bias")!;
    let expected = [...bias.dataSync()];
    const average = new WeightAverage(model, 0.5);
    for (let step = 1; step <= 12; step++) {
      const values = [step, -step, 0.5];
      tf.tidy(() => variable.assign(tf.tensor1d(values)));
      average.update(step);
      const decay = Math.min(0.5, (1 + step) / (10 + step));
      expected = expected.map((mean, i) => decay * mean + (1 - decay) * values[i]!);
    }
    average.swap();
    variable.dataSync().forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-5));
    average.swap();
    assertEquals([...variable.dataSync()], [12, -12, 0.5]);
  });

  it("is what is validated and saved, and training itself goes on unchanged", async () => {
    const [plain, averaged] = [
      await train({}, { num_epochs: 3 }),
      await train({}, { num_epochs: 3, ema: 0.9 }),
    ];
    assertEquals(averaged.raw("fc.weight"), plain.weight("fc.weight"));
    assert(distance(averaged.weight("fc.weight"), plain.weight("fc.weight")) > 1e-4);
    assert(averaged.result.history[2]!.val.loss !== plain.result.history[2]!.val.loss);
    assertEquals(averaged.result.history[2]!.train, plain.result.history[2]!.train);
  });
});

describe("backbone_rate", () => {
  it("finds the head by the graph", async () => {
    const registry = await tinyRegistry();
    const model = createModel(
      tinyConfig("unused", { model: { params: { auxiliary: true } } }),
      registry,
      SHAPE,
    );
    assertEquals([...headModules(model)].sort(), ["aux", "fc"]);
  });

  it("slows everything but the head", async () => {
    const start = { conv: await initial("conv1.weight"), fc: await initial("fc.weight") };
    const slow = await train({}, { backbone_rate: 0 });
    assertEquals(slow.weight("conv1.weight"), start.conv);
    assert(distance(slow.weight("fc.weight"), start.fc) > 1e-3);
  });
});

describe("layer_decay", () => {
  it("lowers the rate from block to block, and multiplies with backbone_rate", async () => {
    // One update without momentum moves each parameter by its rate times its gradient.
    const once = { batch_size: 18 };
    const start = { conv: await initial("conv1.weight"), norm: await initial("bn1.weight") };
    const moved = async (settings: Record<string, unknown>) => {
      const { weight } = await train(SGD, { ...once, ...settings });
      return {
        conv: distance(weight("conv1.weight"), start.conv),
        norm: distance(weight("bn1.weight"), start.norm),
        fc: weight("fc.weight"),
      };
    };
    const [plain, decayed] = [await moved({}), await moved({ layer_decay: 0.5 })];
    const both = await moved({ layer_decay: 0.5, backbone_rate: 0.1 });
    assertEquals([decayed.fc, both.fc], [plain.fc, plain.fc]);
    for (const name of ["conv", "norm"] as const) {
      assertAlmostEquals(decayed[name] / plain[name], 0.5, 1e-3);
      assertAlmostEquals(both[name] / plain[name], 0.05, 1e-3);
    }
  });

  it("is the same after a resume", async () => {
    const dir = await Deno.makeTempDir();
    try {
      const config = tinyConfig(dir, { train: { dir, batch_size: 4, num_epochs: 2, layer_decay: 0.3 } });
      const options = async () => await tinyOptions(config);
      await trainModel({ ...await options(), stopAfter: 1 });
      await trainModel(await options());
      const resumed = readSafetensors(await Deno.readFile(join(dir, "checkpoint", "epoch_0001.safetensors")));
      const straight = await train({}, { num_epochs: 2, layer_decay: 0.3 });
      for (const name of ["conv1.weight", "fc.weight"]) {
        assertEquals([...decodeNumbers(resumed.tensors.get(name)!)!], straight.weight(name));
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
});

function freezing(...freeze: string[]): Record<string, Record<string, unknown>> {
  return { model: { params: { freeze } } };
}

describe("freeze", () => {
  it("leaves parameters and running statistics as they are", async () => {
    const names = ["conv1.weight", "bn1.weight", "bn1.running_mean"];
    const frozen = await train(freezing("conv1", "bn1"));
    const free = await train({});
    const model = createModel(tinyConfig("unused"), await tinyRegistry(), SHAPE);
    assertEquals(frozen.weight("conv1.weight"), await initial("conv1.weight"));
    assertEquals(frozen.weight("bn1.running_mean"), Array(4).fill(0));
    for (const name of names) assert(distance(free.weight(name), frozen.weight(name)) > 1e-4, name);
    model.dispose();
  });

  it("refuses names that are not there, and to freeze all", async () => {
    const wrong = await assertRejects(
      () => train(freezing("conv2")),
      Problem,
      'did you mean "conv1"',
    );
    const all = await assertRejects(
      () => train(freezing("conv1", "bn1", "fc")),
      Problem,
      "nothing is left",
    );
    assertEquals([wrong.exitCode, all.exitCode], [2, 2]);
  });
});

describe("mixup and cutmix", () => {
  it("change what is learned from, and stay reproducible", async () => {
    const plain = await train({});
    for (const settings of [{ mixup: 0.4 }, { cutmix: 1 }, { mixup: 0.4, cutmix: 1 }]) {
      const [first, second] = [await train({}, settings), await train({}, settings)];
      assert(distance(first.weight("fc.weight"), plain.weight("fc.weight")) > 1e-5);
      assertEquals(first.weight("fc.weight"), second.weight("fc.weight"));
    }
  });
});
