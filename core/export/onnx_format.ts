import { bytesField, type Encoded, floatField, integerField, joinBytes } from "../formats/protobuf.ts";

// The subset of onnx.proto (IR version 8, operator set 17) that models need.

const FLOAT = 1, INT64 = 7;
const IR_VERSION = 8, OPERATOR_SET = 17;

/** A constant tensor (initializer). */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An integer, a list of integers, or a float. */
export type OnnxAttribute = number | readonly number[] | { readonly float: number };

function attribute(name: string, value: OnnxAttribute): Encoded {
  if (typeof value === "number") {
    return joinBytes(bytesField(1, name), integerField(3, value), integerField(20, 2));
  }
  if ("float" in value) {
    return joinBytes(bytesField(1, name), floatField(2, value.float), integerField(20, 1));
  }
  return joinBytes(bytesField(1, name), ...value.map((item) => integerField(8, item)), integerField(20, 7));
}

/** Encodes one node. */
export function onnxNode(
  type: string,
  { inputs, output, attributes = {} }: {
    inputs: readonly string[];
    output: string;
    attributes?: Readonly<Record<string, OnnxAttribute>>;
  },
): Encoded {
  const settings = Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value)));
  const names = inputs.map((name) => bytesField(1, name));
  return joinBytes(...names, bytesField(2, output), bytesField(3, output), bytesField(4, type), ...settings);
}

function constant({ name, shape, data }: OnnxConstant): Encoded {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? FLOAT : INT64;
  const dims = shape.map((side) => integerField(1, side));
  return joinBytes(...dims, integerField(2, type), bytesField(8, name), bytesField(9, raw));
}

/** Encodes a float tensor's name and shape with a dynamic batch dimension. */
function valueInfo(name: string, shape: readonly number[]): Encoded {
  const sides = [bytesField(2, "batch"), ...shape.map((side) => integerField(1, side))];
  const dims = joinBytes(...sides.map((side) => bytesField(1, side)));
  const tensor = joinBytes(integerField(1, FLOAT), bytesField(2, dims));
  return joinBytes(bytesField(1, name), bytesField(2, bytesField(1, tensor)));
}

/** Parts of an ONNX model. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly Encoded[];
  readonly constants: readonly OnnxConstant[];
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly output: { readonly name: string; readonly shape: readonly number[] };
}

/** Encodes a model file. */
export function onnxModel({ name, nodes, constants, input, output }: OnnxGraph): Encoded {
  const graph = joinBytes(
    ...nodes.map((node) => bytesField(1, node)),
    bytesField(2, name),
    ...constants.map((value) => bytesField(5, constant(value))),
    bytesField(11, valueInfo(input.name, input.shape)),
    bytesField(12, valueInfo(output.name, output.shape)),
  );
  const operators = bytesField(8, integerField(2, OPERATOR_SET));
  return joinBytes(integerField(1, IR_VERSION), bytesField(2, "podium"), bytesField(7, graph), operators);
}
