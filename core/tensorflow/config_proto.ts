import type { Precision } from "../plugin/contracts.ts";
import { bytesField, type Encoded, integerField, joinBytes, nonZeroField } from "../formats/protobuf.ts";

/** How a TensorFlow context is set up. */
export interface ContextSettings {
  /** Threads inside one operation; 0 takes one for each processor. */
  readonly threads: number;
  /** Allocate GPU memory as it is needed instead of all of it at the start. */
  readonly growGpuMemory: boolean;
}

/**
 * Operations that run side by side where none waits for another. The second one takes what stands beside a network's
 * chain of layers: filters' gradients in training, half of the batch in inference.
 */
export function interOpThreads({ threads }: ContextSettings): number {
  return Math.min(2, threads || navigator.hardwareConcurrency);
}

/**
 * A serialized tensorflow.ConfigProto: intra_op_parallelism_threads (2), inter_op_parallelism_threads (5),
 * gpu_options (6) with allow_growth (4), allow_soft_placement (7).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const config = encodeConfig({ threads: 2, growGpuMemory: true });
 * assertEquals([...config], [0x10, 2, 0x28, 2, 0x32, 2, 0x20, 1, 0x38, 1]);
 * ```
 */
export function encodeConfig(settings: ContextSettings): Encoded {
  return joinBytes(
    nonZeroField(2, settings.threads),
    nonZeroField(5, interOpThreads(settings)),
    bytesField(6, nonZeroField(4, settings.growGpuMemory ? 1 : 0)),
    nonZeroField(7, 1),
  );
}

/** Fields of RewriterConfig that let the graph optimizer choose half precision, each for a kind of device. */
const MIXED_PRECISION: Readonly<Record<string, number>> = {
  "CPU bfloat16": 31,
  "CPU float16": 29,
  "GPU float16": 23,
};

/** Fields of RewriterConfig, and two values of its Toggle. */
const CONSTANT_FOLDING = 3, ARITHMETIC_OPTIMIZATION = 7, ON = 1, OFF = 2;

/** Without the optimizers that join factors and sums: they round otherwise than the step does eagerly. */
const SAME_BITS = joinBytes(
  integerField(CONSTANT_FOLDING, OFF),
  integerField(ARITHMETIC_OPTIMIZATION, OFF),
);

/**
 * The serialized tensorflow.ConfigProto that a call of a function carries so that TensorFlow's graph optimizer rewrites the
 * function: graph_options (10) with rewrite_options (10). It then shares and fuses operations; with a half precision it
 * also computes convolutions and matrix products in it, and what lies between them. In float32 the
 * results are those of the step that runs eagerly, to the bit.
 *
 * @param device CPU or GPU
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(encodeRewriting("bfloat16", "CPU").toHex(), "52055203f80101");
 * assertEquals(encodeRewriting("float32", "CPU").toHex(), "5206520418023802");
 * ```
 */
export function encodeRewriting(precision: Precision, device: string): Encoded {
  const field = MIXED_PRECISION[`${device} ${precision}`];
  const rewriting = field === undefined ? SAME_BITS : integerField(field, ON);
  return bytesField(10, bytesField(10, rewriting));
}
