import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { startWasm } from "../../core/wasm/start.ts";
import { loadModelWeights, modelWeights, storeWeights } from "../../core/weights/model_weights.ts";
import { readPth } from "../../core/weights/pth.ts";
import { writeSafetensors } from "../../core/weights/safetensors.ts";
import { needing } from "../_needing.ts";
import { noise } from "./formula.ts";

const PYTHON = "/usr/bin/python3";
const CLASSES = 7, CHANNELS = 3;
const NAMES: readonly (readonly [name: string, size: number])[] = [["resnet18", 65], ["resnet34", 65], [
  "inception_v3",
  151,
]];

/** Why torchvision cannot be asked, or null. */
async function torchvisionMissing(): Promise<string | null> {
  try {
    const args = ["-c", "import torch, torchvision"];
    const { success } = await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).output();
    return success ? null : `${PYTHON} has no torchvision`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${PYTHON}`;
    throw error;
  }
}

async function askTorchvision(command: "write" | "check", name: string, folder: string): Promise<number[]> {
  const args = [join(import.meta.dirname!, "exchange.py"), command, name, folder];
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function makeModel(name: string, size: number): tf.LayersModel {
  const context = { classes: CLASSES, channels: CHANNELS, size, seed: 3, model: () => tf.sequential() };
  return registry.get("models", name).create({}, context);
}

function channelsLast(first: Float32Array, size: number): Float32Array {
  const last = new Float32Array(first.length), area = size * size;
  for (let at = 0; at < first.length; at++) {
    const image = Math.floor(at / (CHANNELS * area)), channel = Math.floor(at / area) % CHANNELS;
    last[(image * area + at % area) * CHANNELS + channel] = first[at]!;
  }
  return last;
}

function logitsOf(model: tf.LayersModel, size: number, image: Float32Array): Float32Array {
  return tf.tidy(() => {
    const made = model.apply(tf.tensor4d(channelsLast(image, size), [2, size, size, CHANNELS])) as
      | tf.Tensor
      | tf.Tensor[];
    return (Array.isArray(made) ? made[0]! : made).dataSync() as Float32Array;
  });
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const tolerance = 1e-4 * Math.max(1, Math.abs(expected[i]!));
    assert(Math.abs(actual[i]! - expected[i]!) <= tolerance, `[${i}]: ${actual[i]}, ${expected[i]}`);
  }
}

const registry = await loadPlugins([], ["models"]);
const missing = await torchvisionMissing();

for (const [name, size] of NAMES) {
  Deno.test({
    ...needing(`torchvision's ${name} and ours take each other's weights and agree`, missing),
    async fn() {
      await startWasm();
      const folder = await Deno.makeTempDir();
      const model = makeModel(name, size);
      try {
        const image = Float32Array.from(noise(name, 2 * CHANNELS * size * size));
        await Deno.writeFile(join(folder, "image.bin"), new Uint8Array(image.buffer));
        const ours = writeSafetensors(storeWeights(await modelWeights(model)));
        await Deno.writeFile(join(folder, "ours.safetensors"), ours);
        assertNear(await askTorchvision("check", name, folder), logitsOf(model, size, image));
        const theirs = await askTorchvision("write", name, folder);
        loadModelWeights(model, readPth(await Deno.readFile(join(folder, "theirs.pth"))));
        assertNear(logitsOf(model, size, image), theirs);
      } finally {
        model.dispose();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
