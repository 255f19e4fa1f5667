import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { lastMap } from "../../../core/nn/features.ts";
import { NetworkBuilder } from "../../../core/nn/builder.ts";
import { Conv2d } from "../../../core/nn/layers/conv2d.ts";
import { GlobalResponseNorm } from "../../../core/nn/layers/global_response_norm.ts";

await tf.setBackend("cpu");

for (const [height, width] of [[7, 8], [8, 7], [1, 2]] as const) {
  for (const [kernel, stride] of [[3, 1], [3, 2], [5, 2], [1, 2]] as const) {
    Deno.test(`SAME padding of ${height}x${width} by ${kernel}x${kernel}, stride ${stride}, is TensorFlow's`, () => {
      tf.tidy(() => {
        const layer = new Conv2d({ name: "conv", seed: 1, filters: 2, kernel, stride, padding: "same" });
        const x = tf.randomNormal<tf.Rank.R4>([2, height, width, 3], 0, 1, "float32", 2);
        const actual = layer.apply(x) as tf.Tensor;
        const filter = layer.parameters.get("weight")!.variable as unknown as tf.Tensor4D;
        const wanted = tf.conv2d(x, filter, stride, "same");
        assertEquals(layer.computeOutputShape([2, height, width, 3]), wanted.shape);
        assertEquals(actual.shape, wanted.shape);
        assertAlmostEquals(actual.sub(wanted).abs().max().dataSync()[0]!, 0, 1e-6);
        layer.dispose();
      });
    });
  }
}

Deno.test("a global response normalisation weights each channel by its norm over the mean norm", () => {
  tf.tidy(() => {
    const layer = new GlobalResponseNorm({ name: "grn", seed: 1 });
    const x = tf.tensor4d([3, 0, 4, 1], [1, 2, 1, 2]); // norms 5 and 1, their mean 3
    assertEquals([...(layer.apply(x) as tf.Tensor).dataSync()], [3, 0, 4, 1]);
    layer.parameters.get("weight")!.variable.assign(tf.tensor1d([0.6, 3]));
    layer.parameters.get("bias")!.variable.assign(tf.tensor1d([0, 10]));
    const wanted = [3 * (1 + 0.6 * 5 / 3), 10, 4 * (1 + 0.6 * 5 / 3), 1 + 3 / 3 + 10];
    (layer.apply(x) as tf.Tensor).dataSync().forEach((value, i) =>
      assertAlmostEquals(value, wanted[i]!, 1e-5)
    );
    layer.dispose();
  });
});

Deno.test("a channel that is 0 everywhere has a finite gradient", () => {
  tf.tidy(() => {
    const layer = new GlobalResponseNorm({ name: "grn", seed: 1 });
    const x = tf.tensor4d([3, 0, 4, 0], [1, 2, 1, 2]);
    layer.apply(x);
    layer.parameters.get("weight")!.variable.assign(tf.tensor1d([1, 1]));
    const slope = tf.grad((x: tf.Tensor) => (layer.apply(x) as tf.Tensor).square().sum())(x);
    assert(slope.dataSync().every(Number.isFinite));
    layer.dispose();
  });
});

Deno.test("the last map is in front of the global average, also where the head goes on with its position", () => {
  const net = new NetworkBuilder(1);
  const input = tf.input({ shape: [9, 9, 3], name: "image" });
  const map = net.conv(input, "conv", { filters: 4, kernel: 3 });
  const pooled = net.globalAveragePool(map, "pool", { keepSides: true });
  const head = net.flatten(net.conv(pooled, "head", { filters: 5, kernel: 1 }), "flatten");
  const model = tf.model({ inputs: input, outputs: net.linear(head, "fc", { outputs: 2 }) });
  const { kind, tensor } = lastMap(model)!;
  assertEquals({ kind, tensor }, { kind: "features", tensor: map });
  model.dispose();
});
