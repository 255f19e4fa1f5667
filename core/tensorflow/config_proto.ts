import { bytesField, type Encoded, joinBytes, nonZeroField } from "../formats/protobuf.ts";

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
