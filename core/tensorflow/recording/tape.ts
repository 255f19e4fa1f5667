import type { Attribute } from "../attributes.ts";
import { attributeValue, type Constant, tensorValue } from "./attribute_value.ts";
import { DATA_TYPES, type TensorValues } from "../data_types.ts";
import { type FunctionDefinition, type FunctionNode, typeValue } from "./function_def.ts";

/** An operation that ran. */
interface Launch {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The most elements of a tensor that becomes a constant of the function. */
const CONSTANT_ELEMENTS = 1024;

/** A step cannot become a function: it reads a tensor that is neither its input nor made in it, say. */
export class NotRecordable extends Error {}

/** The operations of one recorded step, and the function that they make. */
export class Tape {
  readonly #constants = new Map<number, Constant>();
  readonly #launches: Launch[] = [];
  readonly #sources = new Map<number, string>();
  readonly #nodes: FunctionNode[] = [];

  /**
   * @param inputs numbers of the tensors that are given to each run
   * @param outputNames names of an operation's outputs
   */
  constructor(
    readonly inputs: readonly number[],
    readonly outputNames: (operation: string) => readonly string[] | undefined,
  ) {
    inputs.forEach((id, index) => this.#sources.set(id, `input${index}`));
  }

  /** Records a tensor made from values; small ones become constants of the function. */
  created(
    id: number,
    { shape, dataType, values }: { shape: readonly number[]; dataType: number; values: TensorValues },
  ): void {
    if (Array.isArray(values)) return;
    // The gradient of a mean multiplies by ones of its input's shape: large, but a single value describes them.
    const uniform = dataType === DATA_TYPES.float32 && values.every((value) => Object.is(value, values[0]));
    if (values.length > CONSTANT_ELEMENTS && !uniform) return;
    this.#constants.set(id, {
      shape: [...shape],
      dataType,
      values: values.slice(0, uniform ? 1 : undefined),
    });
  }

  /** Records an operation. */
  ran(launch: Launch): void {
    this.#launches.push({ ...launch, inputs: [...launch.inputs] });
  }

  /**
   * The function from the inputs to the results, all float32. Two tapes of the same step give equal functions.
   *
   * @throws NotRecordable
   */
  definition(name: string, results: readonly number[]): FunctionDefinition {
    this.#launches.forEach((launch, index) => this.#addNode(launch, `node${index}`));
    const dataType = DATA_TYPES.float32;
    const outputs = results.map((id, index) => [`result${index}`, { dataType, from: this.#source(id) }]);
    return {
      name,
      inputs: Object.fromEntries(this.inputs.map((_, index) => [`input${index}`, dataType])),
      outputs: Object.fromEntries(outputs),
      nodes: this.#nodes,
    };
  }

  #addNode({ name: operation, attributes, inputs, outputs }: Launch, name: string): void {
    const values = attributes.map((attribute) => [attribute.name, attributeValue(attribute)]);
    const sources = inputs.map((id) => this.#source(id));
    this.#nodes.push({ name, operation, inputs: sources, attributes: Object.fromEntries(values) });
    const names = this.outputNames(operation);
    if (!names) throw new NotRecordable(`${operation} is none of TensorFlow's own operations`);
    outputs.forEach((id, index) => {
      const place = names.length > 1 ? `${names[index]}:0` : `${names[0]}:${index}`;
      this.#sources.set(id, `${name}:${place}`);
    });
  }

  #source(id: number): string {
    return this.#sources.get(id) ?? this.#addConstant(id);
  }

  #addConstant(id: number): string {
    const constant = this.#constants.get(id);
    if (!constant) throw new NotRecordable("it reads a tensor that was made before it");
    const name = `constant${this.#nodes.length}`;
    const attributes = { dtype: typeValue(constant.dataType), value: tensorValue(constant) };
    this.#nodes.push({ name, operation: "Const", inputs: [], attributes });
    this.#sources.set(id, `${name}:output:0`);
    return this.#sources.get(id)!;
  }
}
