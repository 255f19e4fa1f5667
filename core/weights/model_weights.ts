import * as tf from "@tensorflow/tfjs";
import { batchNorms, namedParameters, namedStatistics } from "../nn/named_variables.ts";
import { inverseOrder, permuteShape, permuteValues } from "../nn/layers/parameter_layout.ts";
import type { Parameter } from "../nn/layers/module_layer.ts";
import { dataProblem, nearestName, type Problem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import { describeShape } from "./dtypes.ts";
import { decodeNumbers } from "./decode_numbers.ts";
import type { StoredTensor } from "./safetensors.ts";

/** A parameter or buffer in PyTorch's layout, C order. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const COUNTER = ".num_batches_tracked";
/** Names that differ, up to which the nearest name of each is looked for. */
const MOST_COMPARED = 200;

function allTensors(model: tf.LayersModel): Map<string, Parameter> {
  return new Map([...namedParameters(model), ...namedStatistics(model)]);
}

/**
 * All weights of a model by PyTorch's names, in PyTorch's layout: parameters, running statistics and the int64 scalars
 * `num_batches_tracked`. Reads asynchronously, as WebGPU needs it.
 */
export async function modelWeights(model: tf.LayersModel): Promise<Map<string, WeightTensor>> {
  const weights = new Map<string, WeightTensor>();
  for (const [name, { variable, layout }] of allTensors(model)) {
    const values = await variable.data() as Float32Array;
    const shape = permuteShape(variable.shape, layout.toTorch);
    weights.set(name, { shape, data: permuteValues(values, variable.shape, layout.toTorch) });
  }
  for (const [name, layer] of batchNorms(model)) {
    weights.set(name + COUNTER, { shape: [], data: BigInt64Array.of(BigInt(layer.batchesTracked)) });
  }
  return weights;
}

/** Weights as safetensors stores them. */
export function storeWeights(weights: ReadonlyMap<string, WeightTensor>): Map<string, StoredTensor> {
  return new Map([...weights].map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, { dtype: data instanceof BigInt64Array ? "I64" : "F32", shape, data: bytes }];
  }));
}

/**
 * Puts weights into a model. Strict: every tensor of the model must be there with its shape and without NaN or
 * infinity, and no other one; the differences are named at once and nothing is changed. Only
 * `num_batches_tracked` may be absent (files from before it existed), which then counts as 0.
 *
 * @param tensors by PyTorch's names in PyTorch's layout, as `readSafetensors` gives them
 * @param fileNames the file's own names of tensors that were renamed, for the message
 * @throws Problem (data) that counts missing, surplus, misshapen and damaged tensors and names the first few
 */
export function loadModelWeights(
  model: tf.LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  { fileNames }: { readonly fileNames?: ReadonlyMap<string, string> } = {},
): void {
  const expected = allTensors(model);
  const counters = batchNorms(model);
  const numbers = new Map<string, Float32Array>();
  const names = nameFaults(expected, { counters, tensors, fileNames });
  const contents: string[] = [];
  for (const [name, parameter] of expected) {
    const stored = tensors.get(name);
    if (!stored) continue;
    const fault = tensorFault(name, parameter, stored) ?? readInto(numbers, name, stored);
    if (fault) contents.push(fault + inFile(name, fileNames));
  }
  const count = names.missing.length + names.surplus.length + contents.length;
  if (count > 0) throw differences(model.name, { count, lines: [...faultLines(names), ...contents] });
  for (const [name, parameter] of expected) assign(parameter, numbers.get(name)!);
  for (const [name, layer] of counters) layer.batchesTracked = readCounter(tensors.get(name + COUNTER));
}

/** The names in a file: those of counters, of other tensors, and the original ones of renamed tensors. */
interface FileContent {
  readonly counters: ReadonlyMap<string, unknown>;
  readonly tensors: ReadonlyMap<string, unknown>;
  readonly fileNames: ReadonlyMap<string, string> | undefined;
}

/** Tensors that the file lacks, and those that the model has no place for, as a message shows them. */
interface NameFaults {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

function inFile(name: string, fileNames: ReadonlyMap<string, string> | undefined): string {
  const found = fileNames?.get(name);
  return found === undefined ? "" : ` (the file's ${quoted(found)})`;
}

function nameFaults(
  expected: ReadonlyMap<string, unknown>,
  { counters, tensors, fileNames }: FileContent,
): NameFaults {
  const known = new Set([...expected.keys(), ...[...counters.keys()].map((name) => name + COUNTER)]);
  const unknown = [...tensors.keys()].filter((name) => !known.has(name));
  // Few are shown: the parameters say more than the counters of batches beside them.
  const isCounter = (name: string) => name.endsWith(COUNTER);
  const surplus = [...unknown.filter((name) => !isCounter(name)), ...unknown.filter(isCounter)];
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  // Looking for the nearest name takes the product of both counts: only a few differences are mistyped names.
  const near = missing.length + surplus.length <= MOST_COMPARED ? nearest : () => "";
  return {
    missing: missing.map((name) => quoted(name) + near(name, surplus)),
    surplus: surplus.map((name) => quoted(name) + inFile(name, fileNames) + near(name, missing)),
  };
}

function* faultLines({ missing, surplus }: NameFaults): Generator<string> {
  if (missing.length > 0) yield `missing ${firstFew(missing)}`;
  if (surplus.length > 0) yield `surplus ${firstFew(surplus)}`;
}

function nearest(name: string, candidates: readonly string[]): string {
  const found = nearestName(name, candidates);
  return found === undefined ? "" : ` (nearest: ${quoted(found)})`;
}

function tensorFault(name: string, { variable, layout }: Parameter, stored: StoredTensor): string | null {
  const shape = permuteShape(variable.shape, layout.toTorch);
  if (shape.join() === stored.shape.join()) return null;
  return `"${name}" has the shape ${describeShape(stored.shape)} instead of ${describeShape(shape)}`;
}

function readInto(numbers: Map<string, Float32Array>, name: string, stored: StoredTensor): string | null {
  const values = decodeNumbers(stored);
  if (!values) return `"${name}" has the dtype ${stored.dtype}, which holds no weights`;
  const broken = firstNotFinite(values);
  if (broken >= 0) return `"${name}" holds ${values[broken]} at position ${broken}`;
  numbers.set(name, values);
  return null;
}

function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** Lines of a message about tensors of another shape or content; the others are counted. */
const SHOWN_LINES = 12;

function differences(
  model: string,
  { count, lines }: { readonly count: number; readonly lines: readonly string[] },
): Problem {
  const left = lines.length - SHOWN_LINES;
  const shown = [...lines.slice(0, SHOWN_LINES), ...(left > 0 ? [`and ${left} more`] : [])];
  return dataProblem(
    `Cannot load the weights into ${model}: ${count} tensors do not fit:\n  ${shown.join("\n  ")}`,
    "Use a file that was saved from the same architecture with the same classes and channels",
  );
}

function assign({ variable, layout }: Parameter, values: Float32Array): void {
  const shape = permuteShape(variable.shape, layout.toTorch);
  const permuted = permuteValues(values, shape, inverseOrder(layout.toTorch));
  tf.tidy(() => variable.assign(tf.tensor(permuted, variable.shape)));
}

function readCounter(stored: StoredTensor | undefined): number {
  if (!stored || stored.dtype !== "I64" || stored.data.length !== 8) return 0;
  return Number(new DataView(stored.data.buffer, stored.data.byteOffset).getBigInt64(0, true));
}
