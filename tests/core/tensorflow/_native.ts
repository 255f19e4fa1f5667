import { startTensorflow, tensorflowUnavailable } from "../../../core/tensorflow/backend.ts";
import { needing } from "../../_needing.ts";

const reason = await tensorflowUnavailable();

/**
 * Loads TensorFlow, where there is one, into the process before anything looks for a GPU. WebGPU loads the drivers of
 * Mesa, whose LLVM takes the place of TensorFlow's own when it is there first, and TensorFlow crashes while it loads.
 * Test files share a process.
 */
export async function loadTensorflowFirst(): Promise<void> {
  if (reason === null) await startTensorflow({ threads: 1, growGpuMemory: true });
}

/** A test on the tensorflow backend, started with one thread; where it cannot start, it is skipped and says why. */
export function nativeTest(name: string, body: (context: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({
    ...needing(name, reason),
    fn: async (context) => {
      await startTensorflow({ threads: 1, growGpuMemory: true });
      await body(context);
    },
  });
}
