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
 * A serialized tensorflow.ConfigProto: intra_op_parallelism_threads (2), inter_op_parallelism_threads (5),
 * gpu_options (6) with allow_growth (4), allow_soft_placement (7). Operations run one after the other from JavaScript,
 * so a single inter-op thread leaves the processors to the operation at work.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const config = encodeConfig({ threads: 2, growGpuMemory: true });
 * assertEquals([...config], [0x10, 2, 0x28, 1, 0x32, 2, 0x20, 1, 0x38, 1]);
 * ```
 */
export function encodeConfig(settings: ContextSettings): Encoded {
  return joinBytes(
    nonZeroField(2, settings.threads),
    nonZeroField(5, settings.threads === 0 ? 0 : 1),
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

/** RewriterConfig's constant_folding, and its two values of Toggle. */
const CONSTANT_FOLDING = 3, ON = 1, OFF = 2;

/**
 * The serialized tensorflow.ConfigProto that a call of a function carries so that TensorFlow's graph optimizer rewrites the
 * function: graph_options (10) with rewrite_options (10). It then shares and fuses operations; with a half precision it
 * also computes convolutions and matrix products in it, and what lies between them. In float32 constants are not folded:
 * that joins factors, which rounds otherwise than the step does eagerly.
 *
 * @param device CPU or GPU
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(encodeRewriting("bfloat16", "CPU").toHex(), "52055203f80101");
 * assertEquals(encodeRewriting("float32", "CPU").toHex(), "520452021802");
 * ```
 */
export function encodeRewriting(precision: Precision, device: string): Encoded {
  const field = MIXED_PRECISION[`${device} ${precision}`];
  const rewriting = field === undefined ? integerField(CONSTANT_FOLDING, OFF) : integerField(field, ON);
  return bytesField(10, bytesField(10, rewriting));
}
