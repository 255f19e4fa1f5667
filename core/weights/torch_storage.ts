/** The values of one kind of PyTorch storage. */
export interface StorageType {
  /** safetensors' name of the values. */
  readonly dtype: string;
  /** Bytes of one value. */
  readonly bytes: number;
}

/** PyTorch's storage classes by their global names. */
export const STORAGES: ReadonlyMap<string, StorageType> = new Map([
  ["torch.FloatStorage", { dtype: "F32", bytes: 4 }],
  ["torch.HalfStorage", { dtype: "F16", bytes: 2 }],
  ["torch.BFloat16Storage", { dtype: "BF16", bytes: 2 }],
  ["torch.DoubleStorage", { dtype: "F64", bytes: 8 }],
  ["torch.LongStorage", { dtype: "I64", bytes: 8 }],
  ["torch.IntStorage", { dtype: "I32", bytes: 4 }],
  ["torch.ShortStorage", { dtype: "I16", bytes: 2 }],
  ["torch.CharStorage", { dtype: "I8", bytes: 1 }],
  ["torch.ByteStorage", { dtype: "U8", bytes: 1 }],
  ["torch.BoolStorage", { dtype: "BOOL", bytes: 1 }],
]);

/** How a tensor lies in a storage, all counted in values. */
export interface StorageView {
  readonly type: StorageType;
  /** Values in the storage. */
  readonly count: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * The bytes of a tensor in C order, a view into the storage where it lies so already. Null when it reaches beyond the
 * storage or repeats values of it (a small file could ask for any amount of memory so).
 */
export function viewStorage(storage: Uint8Array, view: StorageView): Uint8Array | null {
  const { type, count, offset, shape, strides } = view;
  const size = shape.reduce((product, side) => product * side, 1);
  if (size === 0) return new Uint8Array(0);
  const last = shape.reduce((at, side, axis) => at + (side - 1) * strides[axis]!, offset);
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(last) || size > count || last >= count) {
    return null;
  }
  if (isContiguous(shape, strides)) {
    return storage.subarray(offset * type.bytes, (offset + size) * type.bytes);
  }
  return gather(storage, { ...view, size });
}

/** The bytes that `viewStorage` copies: none of a tensor that lies in C order. */
export function copiedBytes({ type, shape, strides }: StorageView): number {
  return isContiguous(shape, strides) ? 0 : type.bytes * shape.reduce((product, side) => product * side, 1);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

function gather(storage: Uint8Array, view: StorageView & { readonly size: number }): Uint8Array {
  const { type: { bytes }, offset, shape, strides, size } = view;
  const made = new Uint8Array(size * bytes);
  for (let index = 0; index < size; index++) {
    let rest = index, at = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    made.set(storage.subarray(at * bytes, (at + 1) * bytes), index * bytes);
  }
  return made;
}
