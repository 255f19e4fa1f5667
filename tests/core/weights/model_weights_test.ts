import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { NetworkBuilder } from "../../../core/nn/builder.ts";
import { batchNorms } from "../../../core/nn/named_variables.ts";
import { loadModelWeights, modelWeights, storeWeights } from "../../../core/weights/model_weights.ts";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../../core/weights/safetensors.ts";

await tf.setBackend("cpu");

function makeModel(seed: number): tf.LayersModel {
  const net = new NetworkBuilder(seed);
  const input = tf.input({ shape: [5, 5, 2] });
  const x = net.norm(net.conv(input, "conv1", { filters: 3, kernel: [3, 2], padding: [1, 0] }), "bn1");
  return tf.model({
    inputs: input,
    outputs: net.linear(net.globalAveragePool(x, "pool"), "fc", { outputs: 4 }),
  });
}

async function storedFrom(model: tf.LayersModel): Promise<Map<string, StoredTensor>> {
  return readSafetensors(writeSafetensors(storeWeights(await modelWeights(model)))).tensors;
}

Deno.test("weights carry PyTorch's names and shapes", async () => {
  const weights = await modelWeights(makeModel(1));
  assertEquals(Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])), {
    "conv1.weight": [3, 2, 3, 2],
    "bn1.weight": [3],
    "bn1.bias": [3],
    "fc.weight": [4, 3],
    "fc.bias": [4],
    "bn1.running_mean": [3],
    "bn1.running_var": [3],
    "bn1.num_batches_tracked": [],
  });
});

Deno.test("saved and loaded weights give the same outputs and statistics", async () => {
  const [from, to] = [makeModel(1), makeModel(2)];
  const x = tf.randomNormal([2, 5, 5, 2], 0, 1, "float32", 7);
  tf.dispose(from.apply(x, { training: true }) as tf.Tensor);
  loadModelWeights(to, await storedFrom(from));
  assertEquals((to.apply(x) as tf.Tensor).arraySync(), (from.apply(x) as tf.Tensor).arraySync());
  assertEquals(batchNorms(to).get("bn1")!.batchesTracked, 1);
});

Deno.test("the differences are named at once and nothing is changed", async () => {
  const model = makeModel(1);
  const before = await storedFrom(model);
  const tensors = await storedFrom(makeModel(2));
  tensors.set("fc.wieght", tensors.get("fc.weight")!);
  tensors.delete("fc.weight");
  tensors.set("bn1.bias", { dtype: "F32", shape: [2], data: new Uint8Array(8) });
  tensors.set("fc.bias", {
    dtype: "F32",
    shape: [4],
    data: new Uint8Array(Float32Array.of(0, NaN, 0, 0).buffer),
  });
  tensors.set("bn1.weight", { dtype: "I32", shape: [3], data: new Uint8Array(12) });
  const { message } = assertThrows(() => loadModelWeights(model, tensors));
  assertStringIncludes(message, 'missing "fc.weight" (nearest: "fc.wieght")');
  assertStringIncludes(message, 'surplus "fc.wieght" (nearest: "fc.weight")');
  assertStringIncludes(message, '"bn1.bias" has the shape [2] instead of [3]');
  assertStringIncludes(message, '"fc.bias" holds NaN at position 1');
  assertStringIncludes(message, '"bn1.weight" has the dtype I32');
  assertStringIncludes(message, "5 tensors do not fit");
  assertEquals(await storedFrom(model), before);
});

Deno.test("a hundred thousand surplus tensors are told in one line with the first few names", async () => {
  const model = makeModel(1), tensors = await storedFrom(model);
  for (let i = 0; i < 100_000; i++) tensors.set(`${"deep.".repeat(50)}${i}`, tensors.get("fc.bias")!);
  tensors.delete("fc.weight");
  const begin = performance.now();
  const { message } = assertThrows(() => loadModelWeights(model, tensors));
  assert(performance.now() - begin < 5000);
  assertStringIncludes(message, '100001 tensors do not fit:\n  missing "fc.weight"\n  surplus "deep.');
  assertStringIncludes(message, "and 99995 more");
  assert(message.length < 1000, message);
});

Deno.test("half-width weights are widened; files without counters load", async () => {
  const tensors = await storedFrom(makeModel(2));
  tensors.set("bn1.bias", { dtype: "F16", shape: [3], data: Uint8Array.of(0, 0x3c, 0, 0xc0, 0, 0) });
  tensors.set("fc.bias", { dtype: "BF16", shape: [4], data: Uint8Array.of(0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0) });
  tensors.delete("bn1.num_batches_tracked");
  const model = makeModel(1);
  loadModelWeights(model, tensors);
  const weights = await modelWeights(model);
  assertEquals([...weights.get("bn1.bias")!.data], [1, -2, 0]);
  assertEquals([...weights.get("fc.bias")!.data], [1, 0, -2, 0]);
});

Deno.test("the seed and the name decide the initial weights", async () => {
  const [a, b, c] = await Promise.all([makeModel(1), makeModel(1), makeModel(2)].map(modelWeights));
  assertEquals(a!.get("conv1.weight"), b!.get("conv1.weight"));
  assert(a!.get("conv1.weight")!.data[0] !== c!.get("conv1.weight")!.data[0]);
});
