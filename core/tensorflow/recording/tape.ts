import type { Attribute } from "../attributes.ts";
import { attributeValue, type Constant, tensorValue } from "./attribute_value.ts";
import { DATA_TYPES, type TensorValues } from "../data_types.ts";
import type { Precision } from "../../plugin/contracts.ts";
import { flagValue, type FunctionDefinition, type FunctionNode, typeValue } from "./function_def.ts";

/** An operation that ran. */
interface Launch {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Options of a {@link Tape}. */
export interface TapeOptions {
  /** Names of an operation's outputs. */
  readonly outputNames: (operation: string) => readonly string[] | undefined;
  /** Whether the step may read float32 tensors that were made before it; a step that does is refused otherwise. */
  readonly captures: boolean;
  /** What the step's convolutions and matrix products are computed in. */
  readonly precision: Precision;
}

/** The most elements of a tensor that becomes a constant of the function: of int32, which are shapes and places, more. */
const CONSTANT_ELEMENTS = 1024, INT32_ELEMENTS = 65_536;

/** oneDNN's convolution with what follows it: see the kernel of the fused convolution. */
export const ONE_DNN_CONVOLUTION = "_MklNativeFusedConv2D";

/** A step cannot become a function: it reads a tensor that is neither its input nor made in it, say. */
export class NotRecordable extends Error {}

/** The operations of one recorded step, and the function that they make. */
export class Tape {
  readonly #constants = new Map<number, Constant>();
  readonly #launches: Launch[] = [];
  readonly #sources = new Map<number, string>();
  readonly #nodes: FunctionNode[] = [];
  readonly #captured: number[] = [];
  /** Numbers of the tensors that the step was given or made. */
  readonly #inside: Set<number>;

  /** @param inputs numbers of the float32 tensors that are given to each run */
  constructor(readonly inputs: readonly number[], readonly options: TapeOptions) {
    inputs.forEach((id, index) => this.#sources.set(id, `input${index}`));
    this.#inside = new Set(inputs);
  }

  /** Whether a tensor was made before the step. */
  isOutside(id: number): boolean {
    return !this.#inside.has(id);
  }

  /** Numbers of the tensors made before the step that it reads: further arguments of the function, after the inputs. */
  get captured(): readonly number[] {
    return this.#captured;
  }

  /** Records a tensor made from values; small ones become constants of the function. */
  created(
    id: number,
    { shape, dataType, values }: { shape: readonly number[]; dataType: number; values: TensorValues },
  ): void {
    this.#inside.add(id);
    if (Array.isArray(values)) return;
    // The gradient of a mean multiplies by ones of its input's shape: large, but a single value describes them.
    const uniform = dataType === DATA_TYPES.float32 && values.every((value) => Object.is(value, values[0]));
    const most = dataType === DATA_TYPES.int32 ? INT32_ELEMENTS : CONSTANT_ELEMENTS;
    if (values.length > most && !uniform) return;
    this.#constants.set(id, {
      shape: [...shape],
      dataType,
      values: values.slice(0, uniform ? 1 : undefined),
    });
  }

  /** Records an operation. */
  ran(launch: Launch): void {
    this.#launches.push({ ...launch, inputs: [...launch.inputs] });
    for (const id of launch.outputs) this.#inside.add(id);
  }

  /**
   * The function from inputs and captured tensors to the results. Inputs and results are float32. Two tapes of the same
   * step give equal functions.
   *
   * @param typeOf data type of a captured tensor
   * @throws NotRecordable
   */
  definition(
    name: string,
    { results, typeOf }: { readonly results: readonly number[]; readonly typeOf: (id: number) => number },
  ): FunctionDefinition {
    this.#launches.forEach((launch, index) => this.#addNode(launch, `node${index}`));
    const dataType = DATA_TYPES.float32;
    const outputs = results.map((id, index) => [`result${index}`, { dataType, from: this.#source(id) }]);
    return {
      name,
      inputs: {
        ...Object.fromEntries(this.inputs.map((_, index) => [`input${index}`, dataType])),
        ...Object.fromEntries(this.#captured.map((id, index) => [`captured${index}`, typeOf(id)])),
      },
      outputs: Object.fromEntries(outputs),
      nodes: this.#nodes,
    };
  }

  #addNode({ name: operation, attributes, inputs, outputs }: Launch, name: string): void {
    const sources = inputs.map((id) => this.#source(id));
    const values = attributes.map((attribute) => [attribute.name, attributeValue(attribute)]);
    // A captured filter stays as it is, and the operation of the function is its own: oneDNN may order the filter once.
    const keepsFilter = operation === ONE_DNN_CONVOLUTION && sources[1]!.startsWith("captured");
    if (keepsFilter) values.push(["is_filter_const", flagValue(true)]);
    this.#nodes.push({ name, operation, inputs: sources, attributes: Object.fromEntries(values) });
    const names = this.options.outputNames(operation);
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
    if (!constant) return this.#capture(id);
    const name = `constant${this.#nodes.length}`;
    const attributes = { dtype: typeValue(constant.dataType), value: tensorValue(constant) };
    this.#nodes.push({ name, operation: "Const", inputs: [], attributes });
    this.#sources.set(id, `${name}:output:0`);
    return this.#sources.get(id)!;
  }

  #capture(id: number): string {
    if (!this.options.captures) throw new NotRecordable("it reads a tensor that was made before it");
    this.#sources.set(id, `captured${this.#captured.push(id) - 1}`);
    return this.#sources.get(id)!;
  }
}
