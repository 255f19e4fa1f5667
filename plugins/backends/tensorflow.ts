import { z } from "zod";
import type { Backend, BackendContext } from "../../core/plugin/contracts.ts";
import { defineBackend } from "../../core/plugin/define.ts";
import { StepRecorder } from "../../core/tensorflow/recorder.ts";
import { startTensorflow, tensorflowUnavailable, tensorflowUnchosen } from "../../core/tensorflow/backend.ts";

const params = z.strictObject({
  grow_gpu_memory: z.boolean().default(true).describe(
    "Take GPU memory as it is needed, not all at the start",
  ),
});

function create(settings: z.output<typeof params>, context: BackendContext): Backend {
  return {
    unavailable: context.automatic ? tensorflowUnchosen : tensorflowUnavailable,
    recorder: (options) => new StepRecorder(options),
    start: () => startTensorflow({ threads: context.threads, growGpuMemory: settings.grow_gpu_memory }),
  };
}

/** TensorFlow's own library, on CPU or a CUDA GPU. */
export default defineBackend({
  name: "tensorflow",
  about: "TensorFlow's C library on CPU or CUDA GPU (install_tensorflow)",
  params,
  rank: 0,
  create,
});
