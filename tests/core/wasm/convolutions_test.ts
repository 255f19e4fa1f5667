import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { startWasm } from "../../../core/wasm/start.ts";

interface Case {
  readonly size: [height: number, width: number];
  readonly kernel: [height: number, width: number];
  readonly stride: number;
  readonly pad: number | "valid" | "same";
  readonly channels?: number;
  readonly filters?: number;
  readonly batch?: number;
}

const CASES: Case[] = [];
for (const size of [[8, 8], [7, 9]] as [number, number][]) {
  for (const stride of [1, 2]) {
    for (const kernel of [[1, 1], [3, 3], [7, 7], [1, 5]] as [number, number][]) {
      for (const pad of [0, 1, 3, "same"] as const) {
        if (kernel[0] + kernel[1] <= 4 && pad === 3) continue;
        CASES.push({ size, kernel, stride, pad }, { size, kernel, stride, pad, channels: 13, filters: 18 });
      }
    }
  }
}
CASES.push(
  { size: [5, 5], kernel: [1, 1], stride: 1, pad: 2 },
  { size: [6, 6], kernel: [2, 2], stride: 3, pad: "valid", channels: 9 },
  { size: [1, 1], kernel: [3, 3], stride: 2, pad: 1, channels: 8, filters: 8, batch: 7 },
  { size: [2, 2], kernel: [3, 3], stride: 1, pad: 1, channels: 130, filters: 230 }, // taps and columns in parts
  { size: [3, 2], kernel: [1, 1], stride: 2, pad: 0, channels: 700, filters: 530 }, // channels in parts
  { size: [72, 72], kernel: [3, 3], stride: 1, pad: 1, batch: 3 }, // patches in parts
  { size: [96, 96], kernel: [3, 3], stride: 1, pad: 1, channels: 20, batch: 5 }, // rows in parts
);

function inputs({ size, kernel, channels = 3, filters = 5, batch = 2 }: Case): [tf.Tensor4D, tf.Tensor4D] {
  const x = tf.randomNormal([batch, ...size, channels], 0, 1, "float32", 1) as tf.Tensor4D;
  return [x, tf.randomNormal([...kernel, channels, filters], 0, 1, "float32", 2) as tf.Tensor4D];
}

/** The convolution and a loss's gradients by input and filter on the current backend. */
function results(at: Case): Float32Array[] {
  return tf.tidy(() => {
    const [x, filter] = inputs(at);
    const convolve = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, at.stride, at.pad);
    const y = convolve(x, filter), dy = tf.randomNormal(y.shape, 0, 1, "float32", 3);
    const [dx, dw] = tf.grads((a, b) => convolve(a, b).mul(dy).sum())([x, filter]);
    return [y, dx!, dw!].map((tensor) => tensor.dataSync() as Float32Array);
  });
}

function assertClose(actual: Float32Array, expected: Float32Array, what: string): void {
  assertEquals(actual.length, expected.length);
  const scale = Math.max(1, ...expected.slice(0, 1000).map(Math.abs));
  actual.forEach((value, i) =>
    assert(Math.abs(value - expected[i]!) <= 1e-4 * scale, `${what} ${i}: ${value}, ${expected[i]}`)
  );
}

Deno.test("convolutions and their gradients equal the cpu backend's", async () => {
  for (const at of CASES) {
    await tf.setBackend("cpu");
    const expected = results(at);
    await startWasm();
    const actual = results(at);
    ["y", "dx", "dw"].forEach((what, i) =>
      assertClose(actual[i]!, expected[i]!, `${JSON.stringify(at)} ${what}`)
    );
  }
});

Deno.test("convolutions with holes equal the cpu backend's", async () => {
  for (const channels of [3, 16]) {
    for (const dilation of [2, 3] as const) {
      await tf.setBackend("cpu");
      const [x, filter] = inputs({ size: [11, 8], kernel: [3, 2], stride: 1, pad: 0, channels });
      const convolve = () => tf.conv2d(x, filter, 1, "same", "NHWC", dilation).dataSync() as Float32Array;
      const expected = convolve();
      await startWasm();
      assertClose(convolve(), expected, `dilation ${dilation}`);
    }
  }
});

Deno.test("convolutions repeat to the last bit and leave nothing behind", async () => {
  await startWasm();
  const at = CASES.at(-1)!;
  const first = results(at);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) assertEquals(results(at), first);
  assertEquals(tf.memory().numTensors, before);
});
