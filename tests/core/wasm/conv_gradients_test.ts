import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { startWasm } from "../../../core/wasm/start.ts";

interface Case {
  readonly size: [height: number, width: number];
  readonly kernel: [height: number, width: number];
  readonly stride: number;
  readonly pad: number | "valid" | "same";
  readonly channels?: number;
  readonly batch?: number;
}

const CASES: Case[] = [];
for (const size of [[8, 8], [7, 9]] as [number, number][]) {
  for (const stride of [1, 2]) {
    for (const kernel of [[1, 1], [3, 3], [7, 7], [1, 5]] as [number, number][]) {
      for (const pad of [0, 1, 3, "same"] as const) {
        if (kernel[0] + kernel[1] > 4 || pad !== 3) CASES.push({ size, kernel, stride, pad });
      }
    }
  }
}
CASES.push({ size: [5, 5], kernel: [1, 1], stride: 1, pad: 2 }, {
  size: [6, 6],
  kernel: [2, 2],
  stride: 3,
  pad: "valid",
});
CASES.push({ size: [96, 96], kernel: [3, 3], stride: 1, pad: 1, channels: 20, batch: 5 }); // more than one group

/** The loss's gradients by input and filter on the current backend. */
function gradients(
  { size, kernel, stride, pad, channels = 3, batch = 2 }: Case,
): { dx: Float32Array; dw: Float32Array } {
  return tf.tidy(() => {
    const x = tf.randomNormal([batch, ...size, channels], 0, 1, "float32", 1) as tf.Tensor4D;
    const filter = tf.randomNormal([...kernel, channels, 5], 0, 1, "float32", 2) as tf.Tensor4D;
    const loss = (a: tf.Tensor, b: tf.Tensor) => {
      const y = tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
      return y.mul(tf.randomNormal(y.shape, 0, 1, "float32", 3)).sum();
    };
    const [dx, dw] = tf.grads(loss)([x, filter]);
    return { dx: dx!.dataSync() as Float32Array, dw: dw!.dataSync() as Float32Array };
  });
}

function assertClose(actual: Float32Array, expected: Float32Array, what: string): void {
  assertEquals(actual.length, expected.length);
  const scale = Math.max(1, ...expected.slice(0, 1000).map(Math.abs));
  actual.forEach((value, i) =>
    assert(Math.abs(value - expected[i]!) <= 1e-4 * scale, `${what} ${i}: ${value}, ${expected[i]}`)
  );
}

Deno.test("convolution gradients equal the cpu backend's", async () => {
  for (const at of CASES) {
    await tf.setBackend("cpu");
    const expected = gradients(at);
    await startWasm();
    const actual = gradients(at);
    assertClose(actual.dx, expected.dx, `${JSON.stringify(at)} dx`);
    assertClose(actual.dw, expected.dw, `${JSON.stringify(at)} dw`);
  }
});

Deno.test("convolution gradients repeat to the last bit and leave nothing behind", async () => {
  await startWasm();
  const at = CASES.at(-1)!;
  const first = gradients(at);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) assertEquals(gradients(at), first);
  assertEquals(tf.memory().numTensors, before);
});
