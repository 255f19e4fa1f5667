import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { tensorflowBinding } from "../../../../core/tensorflow/backend.ts";
import { StepRecorder } from "../../../../core/tensorflow/recording/recorder.ts";
import { nativeTest } from "../_native.ts";

/** The last value of each of a few runs with one input. */
function lastValues(recorder: StepRecorder, runs: readonly ((x: tf.Tensor) => tf.Tensor)[]): number[] {
  const x = tf.tensor1d([1, 2]);
  const values = runs.map((run) => {
    const [result] = recorder.run({ inputs: [x], variables: [], compute: () => [tf.tidy(() => run(x))] });
    const value = result!.dataSync().at(-1)!;
    result!.dispose();
    return value;
  });
  x.dispose();
  return values;
}

function times(factor: number): (x: tf.Tensor) => tf.Tensor {
  return (x) => x.mul(tf.scalar(factor));
}

nativeTest("a step whose two traces are equal is replayed, and frees its function", () => {
  const recorder = new StepRecorder();
  assertEquals(lastValues(recorder, [times(3), times(3), times(3), times(3)]), [6, 6, 6, 6]);
  assertEquals([recorder.replays, recorder.refusal], [4, null]);
  recorder.dispose();
  assertEquals(lastValues(recorder, [times(3), times(3), times(3)]), [6, 6, 6]);
  assertEquals(recorder.replays, 7, "recorded anew");
  recorder.dispose();
});

nativeTest("variables move in a replay as in the step", () => {
  const recorder = new StepRecorder();
  const [x, sum] = [tf.tensor1d([1, 2]), tf.variable(tf.tensor1d([0, 10]))];
  const compute = () => {
    sum.assign(tf.add(sum, x) as tf.Tensor1D);
    return [tf.mul(sum, 2)];
  };
  const before = tf.memory().numTensors;
  for (let run = 1; run <= 5; run++) {
    const [double] = tf.tidy(() => recorder.run({ inputs: [x], variables: [sum], compute }));
    assertEquals([...double!.dataSync()], [2 * run, 20 + 4 * run]);
    double!.dispose();
  }
  assertEquals(recorder.replays, 5);
  assertEquals(tf.memory().numTensors, before);
  recorder.dispose();
  tf.dispose([x, sum]);
});

nativeTest("a step that differs from run to run is not replayed, and that is told once", () => {
  const reasons: string[] = [];
  const recorder = new StepRecorder({ onRefusal: (reason) => reasons.push(reason) });
  assertEquals(lastValues(recorder, [1, 2, 3, 4].map(times)), [2, 4, 6, 8]);
  assertEquals(recorder.replays, 1);
  assertEquals(reasons, ["two runs of it differ"]);
});

nativeTest("a step that becomes another one later is found out", () => {
  const recorder = new StepRecorder({ checkEvery: 2 });
  const values = lastValues(recorder, [1, 1, 1, 1, 1, 5, 5, 5].map(times));
  // The first, two from a comparison, two from the next; another comparison sees the change.
  assertEquals(values, [2, 2, 2, 2, 2, 10, 10, 10]);
  assertEquals([recorder.replays, recorder.refusal], [5, "two runs of it differ"]);
});

nativeTest("a step that reads an outside tensor is not replayed", () => {
  const recorder = new StepRecorder();
  const outside = tf.tidy(() => tf.add(tf.tensor1d([1, 1]), 1));
  const add = (x: tf.Tensor) => x.add(outside);
  assertEquals(lastValues(recorder, [add, add, add]), [4, 4, 4]);
  assertEquals(recorder.replays, 0);
  assertStringIncludes(recorder.refusal!, "made before it");
  outside.dispose();
});

nativeTest("with captures a step may read outside tensors, also such that TensorFlow has not seen", () => {
  const outside = tf.tensor1d([1, 5]);
  const recorder = new StepRecorder({ captures: true });
  const add = (x: tf.Tensor) => x.add(outside);
  assertEquals(lastValues(recorder, [add, add, add]), [7, 7, 7]);
  assertEquals([recorder.replays, recorder.refusal], [3, null]);
  recorder.dispose();
  outside.dispose();
});

nativeTest("a replay that TensorFlow refuses is computed as it is", () => {
  const binding = tensorflowBinding();
  const recorder = new StepRecorder();
  const execute = binding.executeOp;
  binding.executeOp = function (...call) {
    if (call[0].startsWith("PodiumStep")) throw new Error("no memory left");
    return execute.apply(binding, call);
  };
  try {
    assertEquals(lastValues(recorder, [times(3), times(3), times(3), times(3)]), [6, 6, 6, 6]);
  } finally {
    binding.executeOp = execute;
  }
  assertEquals([recorder.replays, recorder.refusal], [0, "no memory left"]);
});

nativeTest("no more shapes are recorded than there is room for", () => {
  const recorder = new StepRecorder({ shapes: 1 });
  const run = (length: number) =>
    tf.tidy(() => {
      const inputs = [tf.ones([length])];
      return recorder.run({ inputs, variables: [], compute: () => [inputs[0]!.mul(2)] })[0]!.size;
    });
  assertEquals([3, 3, 4, 4, 4, 3, 4].map(run), [3, 3, 4, 4, 4, 3, 4]);
  assertEquals([recorder.replays, recorder.refusal], [3, null]);
  recorder.dispose();
});

nativeTest("a tensor under two names is not taken for one of them", () => {
  const recorder = new StepRecorder();
  const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const difference = (x: tf.Tensor, y: tf.Tensor) =>
    tf.tidy(() => {
      const [made] = recorder.run({ inputs: [x, y], variables: [], compute: () => [tf.sub(x, y)] });
      return made!.dataSync()[0];
    });
  assertEquals([difference(a, a), difference(a, a), difference(a, a)], [0, 0, 0]);
  assertEquals([difference(b, a), difference(b, a), difference(b, a)], [2, 2, 2]);
  assertEquals(recorder.replays, 3);
  recorder.dispose();
  tf.dispose([a, b]);
});
