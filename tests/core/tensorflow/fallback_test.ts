import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionalKernel } from "../../../core/tensorflow/kernels/fallback.ts";
import { TensorflowError } from "../../../core/tensorflow/status.ts";

/** A backend that keeps what it is told. */
function fakeBackend() {
  const notices: string[] = [];
  return { notices, binding: { notify: (notice: string) => void notices.push(notice) } };
}

function refusal(code: number, reason: string): TensorflowError {
  return new TensorflowError("run Conv2D", { code, reason });
}

/** Runs a kernel twice, the fast way failing the first time, and tells which ways were gone. */
function runTwice(error: Error) {
  const backend = fakeBackend(), ways: string[] = [];
  const kernel = new OptionalKernel("quick convolution");
  const fast = () => {
    ways.push("fast");
    if (ways.length === 1) throw error;
  };
  const slow = () => void ways.push("slow");
  try {
    kernel.run(backend, { fast, slow });
  } catch (thrown) {
    assertEquals(thrown, error);
    ways.push("thrown");
  }
  kernel.run(backend, { fast, slow });
  return { ways, notices: backend.notices };
}

/** Words of TensorFlow 2.21 and what stands for their code in tf_status.h. */
const MISSING: readonly [code: number, reason: string][] = [
  [12, "DNN library is not found."],
  [
    5,
    "'_MklNativeConv' is neither a type of a primitive operation nor a name of a function registered in binary",
  ],
  [5, "No registered '_MklNativeMaxPoolGrad' OpKernel for 'CPU' devices compatible with node"],
  [5, "Could not find device for node: {{node A}}\nAll kernels registered for op A:\n  device='GPU'"],
  [3, "No OpKernel was registered to support Op 'A' used by {{node A}}"],
  [3, "Gradients for grouped convolutions are not supported on CPU. Please file a feature request"],
];

const FAILURES: readonly Error[] = [
  refusal(8, "OOM when allocating tensor with shape[64,512,512,64] and type float by allocator mklcpu"),
  refusal(13, "Blas xGEMM launch failed"),
  refusal(3, "Incompatible shapes: [1,6,6,4] vs. [5]"),
  refusal(3, "Value for attr 'T' of bool is not in the list of allowed values: half, bfloat16, float"),
  refusal(5, "Resource localhost/variable does not exist."),
  new TypeError("Cannot read properties of undefined (reading 'shape')"),
];

for (const [code, reason] of MISSING) {
  Deno.test(`the slow way takes over for good when TensorFlow says "${reason.split("\n")[0]}"`, () => {
    const { ways, notices } = runTwice(refusal(code, reason));
    assertEquals(ways, ["fast", "slow", "slow"]);
    assertEquals(notices.length, 1, "said once");
    assertStringIncludes(notices[0]!, "quick convolution");
    assertStringIncludes(notices[0]!, reason.split("\n")[0]!);
    assertEquals(notices[0]!.includes("\n"), false);
  });
}

for (const error of FAILURES) {
  Deno.test(`a failure of the fast way is thrown and leaves it on: ${error.message}`, () => {
    assertEquals(runTwice(error), { ways: ["fast", "thrown", "fast"], notices: [] });
  });
}

Deno.test("a failure of the slow way is thrown too", () => {
  const kernel = new OptionalKernel("quick convolution");
  const fast = () => {
    throw refusal(12, "no such kernel");
  };
  const slow = () => {
    throw refusal(8, "OOM when allocating");
  };
  assertThrows(() => kernel.run(fakeBackend(), { fast, slow }), TensorflowError, "OOM");
});
