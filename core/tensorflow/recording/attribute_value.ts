import {
  bytesField,
  type Encoded,
  floatField,
  integerField,
  joinBytes,
  nonZeroField,
} from "../../formats/protobuf.ts";
import type { Attribute } from "../attributes.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES, type TensorValues } from "../data_types.ts";
import { type AttributeValue, flagValue, textValue, typeValue } from "./function_def.ts";

/** A serialized tensorflow.TensorShapeProto. */
function shapeMessage(shape: readonly number[]): Encoded {
  return joinBytes(...shape.map((length) => bytesField(2, integerField(1, length))));
}

/** Fields of an AttrValue for one value; those of a list have the same numbers. */
function single(type: number, value: unknown): AttributeValue {
  switch (type) {
    case ATTRIBUTE_TYPES.string:
      return textValue(value as string);
    case ATTRIBUTE_TYPES.int:
      return integerField(3, value as number);
    case ATTRIBUTE_TYPES.float:
      return floatField(4, value as number);
    case ATTRIBUTE_TYPES.bool:
      return flagValue(Boolean(value));
    case ATTRIBUTE_TYPES.type:
      return typeValue(value as number);
    default:
      return bytesField(7, shapeMessage(value as number[]));
  }
}

/** An attribute as TensorFlow.js's kernels write it, as a tensorflow.AttrValue. */
export function attributeValue({ type, value }: Attribute): AttributeValue {
  if (type === ATTRIBUTE_TYPES.shape || !Array.isArray(value)) return single(type, value);
  return bytesField(1, joinBytes(...value.map((entry) => single(type, entry))));
}

/** A tensor that is part of a function, with the same values in every run. */
export interface Constant {
  readonly shape: readonly number[];
  /** One of DATA_TYPES. */
  readonly dataType: number;
  /** All of them, or a single float32 that fills the shape. */
  readonly values: Exclude<TensorValues, Uint8Array[]>;
}

/** The AttrValue of a constant: a TensorProto with type (1), shape (2) and bytes (4) or a float that fills it (5). */
export function tensorValue({ shape, dataType, values }: Constant): AttributeValue {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const filled = dataType === DATA_TYPES.float32 && values.length === 1;
  const tensor = joinBytes(
    nonZeroField(1, dataType),
    bytesField(2, shapeMessage(shape)),
    bytesField(filled ? 5 : 4, bytes),
  );
  return bytesField(8, tensor);
}
