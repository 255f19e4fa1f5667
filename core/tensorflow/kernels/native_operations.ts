import type { Attribute } from "../attributes.ts";
import { DATA_TYPES } from "../data_types.ts";
import type { TensorMetadata } from "../executor.ts";
import type { NodeBackend } from "../node_backend.ts";
import { dataType, flag, integer } from "./operation.ts";

/** Float types that a network computes in. TensorFlow.js has tensors of the first alone. */
export type FloatType = "float32" | "bfloat16";

/** Operations of one float type on native tensors, by their numbers. */
export class NativeOperations {
  readonly #made = new Map<number, TensorMetadata>();

  constructor(readonly backend: NodeBackend, readonly type: FloatType) {}

  /** Runs an operation with one output. */
  run(operation: string, attributes: readonly Attribute[], inputs: readonly number[]): number {
    const [output] = this.backend.binding.executeOp(operation, [...attributes], [...inputs], 1);
    this.#made.set(output!.id, output!);
    return output!.id;
  }

  /** A tensor of int32. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.#create([...shape], DATA_TYPES.int32, Int32Array.from(values));
  }

  /** A matrix of float32. */
  matrix(rows: readonly (readonly number[])[]): number {
    return this.#create([rows.length, rows[0]!.length], DATA_TYPES.float32, Float32Array.from(rows.flat()));
  }

  #create(shape: number[], type: number, values: Int32Array | Float32Array): number {
    const id = this.backend.binding.createTensor(shape, type, values);
    this.#made.set(id, { id, shape, dtype: type });
    return id;
  }

  /** The same values in another type. */
  cast(id: number, from: FloatType, to: FloatType): number {
    return this.run("Cast", [dataType("SrcT", from), dataType("DstT", to), flag("Truncate", false)], [id]);
  }

  /** The same values in another shape. */
  reshape(id: number, shape: readonly number[]): number {
    return this.run("Reshape", [dataType("T", this.type), dataType("Tshape", "int32")], [
      id,
      this.integers(shape),
    ]);
  }

  /** A tensor with zeros before and after each axis. */
  pad(id: number, paddings: readonly (readonly [number, number])[]): number {
    const zeros = this.integers(paddings.flat(), [paddings.length, 2]);
    return this.run("Pad", [dataType("T", this.type), dataType("Tpaddings", "int32")], [id, zeros]);
  }

  /** Rows of a matrix. */
  rows(id: number, places: number): number {
    const attributes = [
      dataType("Tparams", this.type),
      dataType("Tindices", "int32"),
      dataType("Taxis", "int32"),
      integer("batch_dims", 0),
    ];
    return this.run("GatherV2", attributes, [id, places, this.integers([0], [])]);
  }

  /** The product of two matrices. */
  multiply(a: number, b: number): number {
    const attributes = [dataType("T", this.type), flag("transpose_a", false), flag("transpose_b", false)];
    return this.run("MatMul", attributes, [a, b]);
  }

  /** A sum. */
  add(a: number, b: number, type: FloatType | "int32" = this.type): number {
    return this.run("AddV2", [dataType("T", type)], [a, b]);
  }

  /** Frees what was made, but for the last result. */
  end(result: number): TensorMetadata {
    const metadata = this.#made.get(result)!;
    this.#made.delete(result);
    for (const id of this.#made.keys()) this.backend.binding.deleteTensor(id);
    this.#made.clear();
    return metadata;
  }
}
