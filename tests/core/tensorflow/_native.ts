import { startTensorflow, tensorflowUnavailable } from "../../../core/tensorflow/backend.ts";

const reason = await tensorflowUnavailable();

/** A test on the tensorflow backend, started with one thread; where it cannot start, it is skipped and says why. */
export function nativeTest(name: string, body: (context: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({
    name: reason === null ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== null,
    fn: async (context) => {
      await startTensorflow({ threads: 1, growGpuMemory: true });
      await body(context);
    },
  });
}
