import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { dataType, runOne } from "../../../core/tensorflow/kernels/operation.ts";
import type { NodeBackend } from "../../../core/tensorflow/node_backend.ts";
import { STATUS_CODES, TensorflowError } from "../../../core/tensorflow/status.ts";
import { FUSED_CONV } from "../../../core/nn/kernels/fused_conv.ts";
import { nativeTest } from "./_native.ts";

/** Operations that run while `body` does. */
function launchesOf(body: () => void): string[] {
  const { executor } = tensorflowBinding(), names: string[] = [];
  executor.observer = (name) => names.push(name);
  try {
    tf.tidy(body);
  } finally {
    executor.observer = null;
  }
  return names;
}

/** Podium's fused convolution of a one with a border on each side: 4 (2 border + 1)^2 bytes. */
function fusedConvolution(border: number): void {
  const one = tf.ones([1, 1, 1, 1]);
  const inputs = { x: one, filter: one, bias: tf.ones([1]) };
  const padding = [border, border, border, border];
  tf.engine().runKernel(FUSED_CONV, inputs, { strides: [1, 1], padding, relu: true });
}

function codeOf(operation: string, shapes: readonly number[][]): number {
  const inputs = shapes.map((shape) => tf.ones(shape));
  const run = () => runOne(tf.backend() as NodeBackend, operation, { attributes: [dataType("T")], inputs });
  const { code } = assertThrows(() => tf.tidy(run), TensorflowError);
  tf.dispose(inputs);
  return code;
}

nativeTest("an error carries TensorFlow's code", () => {
  assertEquals(codeOf("PodiumHasNoSuchOperation", [[2]]), STATUS_CODES.notFound);
  assertEquals(codeOf("AddV2", [[2, 3], [4]]), STATUS_CODES.invalidArgument);
});

nativeTest("a convolution that runs out of memory says so, and the next one is as fast as before", () => {
  const before = launchesOf(() => fusedConvolution(1));
  // 400 TB, which no machine hands out.
  const { code } = assertThrows(() => tf.tidy(() => fusedConvolution(5e6)), TensorflowError, "OOM");
  assertEquals(code, STATUS_CODES.resourceExhausted);
  assertEquals(launchesOf(() => fusedConvolution(1)), before);
});

/** A TensorFlow without oneDNN and GPU has no gradient of a grouped convolution. */
nativeTest("without a kernel for groups the results are the same, and the user is told once", async () => {
  const script = fromFileUrl(new URL("./_grouped_gradients.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-env", "--allow-ffi", "--allow-sys", script],
    env: { TF_ENABLE_ONEDNN_OPTS: "0", CUDA_VISIBLE_DEVICES: "-1", TF_CPP_MIN_LOG_LEVEL: "3" },
  }).output();
  const said = new TextDecoder().decode(stderr).split("\n").filter((line) => line.startsWith("warning: "));
  assertEquals(
    said.map((line) => line.replace(/: Gradients.*/, "")),
    [
      "warning: TensorFlow has no grouped kernel for PodiumGroupedConv2DBackpropInput here, " +
      "a slower way gives the same results",
    ],
    new TextDecoder().decode(stderr),
  );
  assertEquals(new TextDecoder().decode(stdout).trim().split("\n").at(-1), "[[3,3,7,7],[3,3,7,7]]");
});
