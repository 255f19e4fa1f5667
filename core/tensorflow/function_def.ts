import { entryField, messageField, numberField, textField } from "./protocol_buffer.ts";

/** A serialized tensorflow.AttrValue. */
export type AttributeValue = readonly number[];

/** An AttrValue of a data type; the numbers are DATA_TYPES. */
export function typeValue(dataType: number): AttributeValue {
  return numberField(6, dataType);
}

/** An AttrValue of a text. */
export function textValue(value: string): AttributeValue {
  return textField(2, value);
}

/** An AttrValue of yes or no. */
export function flagValue(value: boolean): AttributeValue {
  // Written even when false: in a oneof its presence counts.
  return [5 * 8, value ? 1 : 0];
}

/** An AttrValue of a shape of any rank. */
export const ANY_SHAPE: AttributeValue = messageField(7, numberField(3, 1));

/** One operation of a function. */
export interface FunctionNode {
  readonly name: string;
  readonly operation: string;
  /** An argument's name, `node:output:index`, or `^node` for "after". */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A function of TensorFlow operations, run as one operation under its name. */
export interface FunctionDefinition {
  readonly name: string;
  /** Arguments in order with their data types. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Results in order: data type, and where each comes from, as an input of a node is written. */
  readonly outputs: Readonly<Record<string, { readonly dataType: number; readonly from: string }>>;
  readonly nodes: readonly FunctionNode[];
}

function argument(name: string, dataType: number): number[] {
  return [...textField(1, name), ...numberField(3, dataType)];
}

function signature(definition: FunctionDefinition): number[] {
  const inputs = Object.entries(definition.inputs).map(([name, type]) =>
    messageField(2, argument(name, type))
  );
  const outputs = Object.entries(definition.outputs).map(([name, { dataType }]) =>
    messageField(3, argument(name, dataType))
  );
  return [...textField(1, definition.name), ...inputs.flat(), ...outputs.flat()];
}

function nodeDef(node: FunctionNode): number[] {
  return [
    ...textField(1, node.name),
    ...textField(2, node.operation),
    ...node.inputs.flatMap((input) => textField(3, input)),
    ...Object.entries(node.attributes).flatMap(([name, value]) => entryField(5, name, value)),
  ];
}

/** A serialized tensorflow.FunctionDef: signature (1), nodes (3), and a map from results to node outputs (4). */
export function encodeFunction(definition: FunctionDefinition): Uint8Array<ArrayBuffer> {
  const results = Object.entries(definition.outputs).map(([name, { from }]) =>
    messageField(4, [...textField(1, name), ...textField(2, from)])
  );
  return new Uint8Array([
    ...messageField(1, signature(definition)),
    ...definition.nodes.flatMap((node) => messageField(3, nodeDef(node))),
    ...results.flat(),
  ]);
}
