import type { Loader } from "../../../core/data/loader.ts";
import { processorFeatures } from "../../../core/machine/processor.ts";
import type { Precision } from "../../../core/plugin/contracts.ts";
import { defineBackend } from "../../../core/plugin/define.ts";
import { loadPlugins, type Registry } from "../../../core/plugin/registry.ts";
import { StepRecorder } from "../../../core/tensorflow/recording/recorder.ts";
import { startTensorflow } from "../../../core/tensorflow/backend.ts";
import { z } from "zod";
import { nativeTest } from "../tensorflow/_native.ts";
import { tinyModel } from "./_tiny.ts";

// On a CPU TensorFlow's graph optimizer would compute float16 by way of float32, and ends the process while it casts
// constants to and fro (TensorFlow 2.21). Without that it takes the CPU's own float16 kernels.
Deno.env.set("TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_EMULATE_FP16", "false");

const hasBfloat16 = processorFeatures().features.has("avx512f");

/** A {@link nativeTest} that computes in bfloat16; skipped where the processor cannot. */
export function bfloat16Test(name: string, body: () => Promise<void> | void): void {
  if (hasBfloat16) nativeTest(name, body);
  else Deno.test.ignore(`${name} (needs AVX-512)`, () => {});
}

/** How the backend of {@link halfRegistry} computes. */
export interface HalfBackend {
  /** The precisions that it says it has, first what `auto` takes. */
  readonly precisions: readonly Precision[];
  /** Computes in float32 whatever it is asked for: training is then equal to the bit, but for what surrounds the step. */
  readonly inFloat32?: boolean;
}

/** Plugins for the tiny model, with a tensorflow backend that has these precisions on a CPU. */
export async function halfRegistry({ precisions, inFloat32 = false }: HalfBackend): Promise<Registry> {
  const registry = await loadPlugins([], [
    "datasets",
    "losses",
    "metrics",
    "optimizers",
    "schedulers",
    "loggers",
  ]);
  const backend = defineBackend({
    name: "tensorflow",
    about: "TensorFlow with the precisions of a test",
    params: z.strictObject({}),
    rank: 0,
    create: () => ({
      unavailable: () => Promise.resolve(null),
      start: () => startTensorflow({ threads: 1, growGpuMemory: true }),
      precisions: () => precisions,
      recorder: ({ precision, ...options }) =>
        new StepRecorder(inFloat32 || !precision ? options : { ...options, precision }),
    }),
  });
  registry.add(backend, "_half_precision.ts");
  registry.add(tinyModel, "_tiny.ts");
  return registry;
}

/** A loader some of whose batches have infinite labels: loss and gradients are not finite then. */
export function overflowingLoader(loader: Loader, overflows: (batch: number) => boolean): Loader {
  async function* batches(epoch: number, start?: number) {
    for await (const batch of loader.batches(epoch, start)) {
      yield overflows(batch.index)
        ? { ...batch, labels: Float32Array.from(batch.labels!, () => Infinity) }
        : batch;
    }
  }
  return { ...loader, batches };
}
