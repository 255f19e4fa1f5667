import {
  bytesField,
  type Encoded,
  integerField,
  joinBytes,
  mapEntryField,
  nonZeroField,
} from "../../formats/protobuf.ts";

/** A serialized tensorflow.AttrValue. */
export type AttributeValue = Encoded;

/** An AttrValue of a data type; the numbers are DATA_TYPES. */
export function typeValue(dataType: number): AttributeValue {
  return nonZeroField(6, dataType);
}

/** An AttrValue of a text. */
export function textValue(value: string): AttributeValue {
  return bytesField(2, value);
}

/** An AttrValue of yes or no. */
export function flagValue(value: boolean): AttributeValue {
  return integerField(5, value ? 1 : 0);
}

/** One operation of a function. */
export interface FunctionNode {
  readonly name: string;
  readonly operation: string;
  /** An argument's name, `node:output:index`, or `^node` for a control dependency (run after it). */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A function of TensorFlow operations, run as one operation under its name. */
export interface FunctionDefinition {
  readonly name: string;
  /** Arguments in order with their data types. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Results in order: data type, and where each comes from, written like an input of a node. */
  readonly outputs: Readonly<Record<string, { readonly dataType: number; readonly from: string }>>;
  readonly nodes: readonly FunctionNode[];
}

function argument(name: string, dataType: number): Encoded {
  return joinBytes(bytesField(1, name), nonZeroField(3, dataType));
}

function signature({ name, inputs, outputs }: FunctionDefinition): Encoded {
  const given = Object.entries(inputs).map(([name, type]) => bytesField(2, argument(name, type)));
  const results = Object.entries(outputs).map(([name, { dataType }]) =>
    bytesField(3, argument(name, dataType))
  );
  return joinBytes(bytesField(1, name), ...given, ...results);
}

function nodeDef(node: FunctionNode): Encoded {
  return joinBytes(
    bytesField(1, node.name),
    bytesField(2, node.operation),
    ...node.inputs.map((input) => bytesField(3, input)),
    ...Object.entries(node.attributes).map(([name, value]) => mapEntryField(5, name, value)),
  );
}

/** A serialized tensorflow.FunctionDef: signature (1), nodes (3), and a map from results to node outputs (4). */
export function encodeFunction(definition: FunctionDefinition): Encoded {
  return joinBytes(
    bytesField(1, signature(definition)),
    ...definition.nodes.map((node) => bytesField(3, nodeDef(node))),
    ...Object.entries(definition.outputs).map(([name, { from }]) => mapEntryField(4, name, from)),
  );
}
