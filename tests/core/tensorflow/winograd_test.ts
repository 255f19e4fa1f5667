import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { fusedConv2d, type FusedConvSettings } from "../../../core/nn/kernels/fused_conv.ts";
import { tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { StepRecorder } from "../../../core/tensorflow/recording/recorder.ts";
import { nativeTest } from "./_native.ts";
import { traced } from "./_traced.ts";

/** As few as Winograd's way is taken for. */
const CHANNELS = 256;

interface Case {
  readonly x: readonly [batch: number, height: number, width: number];
  readonly padding: FusedConvSettings["padding"];
  readonly residual: boolean;
  readonly relu: boolean;
}

function random(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

/** The definition in double precision, for the first filters. */
function convolved(
  { x, filter, bias, residual }: Record<"x" | "filter" | "bias" | "residual", tf.Tensor>,
  { padding: [top, , left], relu }: FusedConvSettings,
  filters: number,
): number[] {
  const images = (x as tf.Tensor4D).arraySync(), kernel = (filter as tf.Tensor4D).arraySync();
  const shift = bias.arraySync() as number[], added = residual as tf.Tensor4D;
  return added.arraySync().flatMap((image, index) =>
    image.flatMap((line, y) =>
      line.flatMap((rest, column) =>
        Array.from({ length: filters }, (_, filter) => {
          let sum = shift[filter]! + rest[filter]!;
          kernel.forEach((taps, i) =>
            taps.forEach((weights, j) => {
              const seen = images[index]![y + i - top]?.[column + j - left];
              seen?.forEach((value, channel) => sum += value * weights[channel]![filter]!);
            })
          );
          return relu ? Math.max(sum, 0) : sum;
        })
      )
    )
  );
}

const CASES: Record<string, Case> = {
  "even sides": { x: [2, 4, 6], padding: [1, 1, 1, 1], residual: false, relu: true },
  "odd sides, with a residual": { x: [3, 5, 7], padding: [1, 1, 1, 1], residual: true, relu: true },
  "no zeros around": { x: [1, 6, 7], padding: [0, 0, 0, 0], residual: true, relu: false },
  "zeros on one side": { x: [2, 6, 5], padding: [0, 1, 1, 0], residual: false, relu: false },
};

for (const [name, { x: [batch, height, width], padding, residual, relu }] of Object.entries(CASES)) {
  nativeTest(`a wide 3x3 convolution of inference takes 16 products for 36, and is exact: ${name}`, () => {
    const [top, bottom, left, right] = padding;
    const before = tensorflowBinding().getNumOfTensors();
    const x = random([batch, height, width, CHANNELS], 1) as tf.Tensor4D;
    const filter = random([3, 3, CHANNELS, CHANNELS], 2) as tf.Tensor4D;
    const bias = random([CHANNELS], 3) as tf.Tensor1D;
    const outputs = [batch, height + top + bottom - 2, width + left + right - 2, CHANNELS];
    const rest = residual ? random(outputs, 4) : tf.zeros(outputs);
    const settings: FusedConvSettings = { strides: [1, 1], padding, relu };
    const inputs = { x, filter, bias, ...(residual ? { residual: rest as tf.Tensor4D } : {}) };
    // TensorFlow holds the filter from here on: a trace takes it for one that was made before.
    tf.dispose(fusedConv2d(inputs, settings));

    const { operations, value } = traced("float32", () => tf.tidy(() => fusedConv2d(inputs, settings)));
    assert(operations.includes("BatchMatMulV2"), operations.join());
    assert(!operations.some((operation) => operation.includes("Conv2D")), operations.join());
    const expected = convolved({ x, filter, bias, residual: rest }, settings, 8);
    const received = tf.tidy(() => [...value.slice([0, 0, 0, 0], [-1, -1, -1, 8]).dataSync()]);
    const difference = Math.max(...expected.map((each, index) => Math.abs(each - received[index]!)));
    assertEquals([value.shape, received.length], [outputs, expected.length]);
    assert(difference < 2e-6 * Math.max(...expected.map(Math.abs)), `${difference}`);

    tf.dispose([x, filter, bias, rest, value]);
    assertEquals(
      tensorflowBinding().getNumOfTensors(),
      before,
      "the transformed filter goes with the filter",
    );
  });
}

nativeTest("narrow filters, strides, small outputs and training keep oneDNN's convolution", () => {
  const operations = (
    { channels = CHANNELS, size = 4, stride = 1, outside = true }: Record<string, number | boolean>,
  ) =>
    tf.tidy(() => {
      const x = random([1, size as number, size as number, channels as number], 1) as tf.Tensor4D;
      const filter = random([3, 3, channels as number, CHANNELS], 2) as tf.Tensor4D;
      const settings: FusedConvSettings = {
        strides: [stride as number, stride as number],
        padding: [1, 1, 1, 1],
        relu: false,
      };
      const bias = tf.zeros([CHANNELS]) as tf.Tensor1D;
      tf.dispose(fusedConv2d({ x, filter, bias }, settings));
      return traced("float32", () => {
        const used = outside ? filter : tf.mul<tf.Tensor4D>(filter, 2);
        return fusedConv2d({ x, filter: used, bias }, settings);
      }).operations.join();
    });
  assert(operations({}).includes("BatchMatMulV2"));
  for (const other of [{ channels: 128 }, { size: 3 }, { stride: 2, size: 8 }, { outside: false }]) {
    assert(!operations(other).includes("BatchMatMulV2"), JSON.stringify(other));
  }
});

nativeTest("a recorded convolution by tiles is replayed, with the filter's transform made once", () => {
  const [filter, bias] = [
    random([3, 3, CHANNELS, CHANNELS], 2) as tf.Tensor4D,
    tf.zeros([CHANNELS]) as tf.Tensor1D,
  ];
  const recorder = new StepRecorder({ captures: true });
  const runs = [1, 2, 3].map((seed) => {
    const x = random([2, 6, 6, CHANNELS], seed) as tf.Tensor4D;
    const settings: FusedConvSettings = { strides: [1, 1], padding: [1, 1, 1, 1], relu: true };
    const compute = () => [fusedConv2d({ x, filter, bias }, settings)];
    const [recorded] = recorder.run({ inputs: [x], variables: [], compute });
    const plain = compute()[0]!;
    const difference = tf.tidy(() => recorded!.sub(plain).abs().max().div(plain.max()).dataSync()[0]!);
    tf.dispose([x, recorded!, plain]);
    return difference;
  });
  assert(runs.every((difference) => difference < 5e-6 && difference > 0), runs.join());
  assertEquals([recorder.replays, recorder.refusal], [3, null]);
  recorder.dispose();
  tf.dispose([filter, bias]);
});
