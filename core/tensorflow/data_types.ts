/** TF_DataType of tf_datatype.h, the ones that TensorFlow.js knows and bfloat16. */
export const DATA_TYPES = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** TF_AttrType of tf_attrtype.h. */
export const ATTRIBUTE_TYPES = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** What a tensor's values come as in JavaScript. */
export type TensorValues = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** A typed array of the right kind for so many bytes of a data type; complex numbers come in pairs of floats. */
export function valuesFor(dataType: number, bytes: number): Exclude<TensorValues, Uint8Array[]> {
  if (dataType === DATA_TYPES.float32 || dataType === DATA_TYPES.complex64) {
    return new Float32Array(bytes / 4);
  }
  if (dataType === DATA_TYPES.int32) return new Int32Array(bytes / 4);
  if (dataType === DATA_TYPES.int64) return new BigInt64Array(bytes / 8);
  return new Uint8Array(bytes);
}
