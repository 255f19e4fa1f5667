import { processorFeatures } from "../../machine/processor.ts";
import type { Precision } from "../../plugin/contracts.ts";
import { tensorflowBinding } from "../backend.ts";

/**
 * The precisions that TensorFlow's graph optimizer offers on the device in use, the fastest first. On a GPU it chooses
 * float16 alone. On a CPU it chooses bfloat16 where oneDNN computes it, which takes AVX-512: natively, or, where the
 * processor has no bfloat16 units, by converting, which is slower than float32.
 */
export function tensorflowPrecisions(): readonly Precision[] {
  if (tensorflowBinding().isUsingGpuDevice()) return ["float16", "float32"];
  const { bfloat16, features } = processorFeatures();
  if (bfloat16 === "amx" || bfloat16 === "avx512") return ["bfloat16", "float32"];
  return features.has("avx512f") ? ["float32", "bfloat16"] : ["float32"];
}
