import type * as tf from "@tensorflow/tfjs";

/** The part of tfjs-backend-wasm that our kernels use. */
export interface WasmBackend {
  /** A new tensor on the heap, its memory not cleared. */
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  /** The values of a tensor on the heap; the view is invalid after the next allocation, which may grow the heap. */
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
  /** Gives up a tensor made by `makeOutput`. */
  disposeData(dataId: object): boolean;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  /** The Emscripten module. */
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
  };
}

/** The float32 values of a tensor on the heap. Take it after the last allocation of a kernel. */
export function heapValues(backend: WasmBackend, info: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(info);
}

/** Where a tensor's values begin on the heap, in bytes. */
export function heapOffset(backend: WasmBackend, info: tf.TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}
