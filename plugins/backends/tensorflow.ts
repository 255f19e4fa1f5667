// core/tensorflow is imported directly: no other plugin needs it, so plugin.ts does not export it.
import { z } from "zod";
import { type Backend, type BackendContext, defineBackend } from "../../plugin.ts";
import { StepRecorder } from "../../core/tensorflow/recording/recorder.ts";
import { tensorflowPrecisions } from "../../core/tensorflow/recording/precisions.ts";
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
    precisions: tensorflowPrecisions,
    start: () => startTensorflow({ threads: context.threads, growGpuMemory: settings.grow_gpu_memory }),
  };
}

/** TensorFlow's native library, on CPU or a CUDA GPU. */
export default defineBackend({
  name: "tensorflow",
  about: "TensorFlow's C library on CPU or CUDA GPU (install_tensorflow)",
  params,
  rank: 0,
  create,
});
