import type * as tf from "@tensorflow/tfjs";
import { firstFew, quoted } from "../base/quoted.ts";
import { Conv2d } from "../nn/layers/conv2d.ts";
import type { ModuleLayer } from "../nn/layers/module_layer.ts";
import { PositionEmbedding } from "../nn/layers/tokens.ts";
import { moduleLayers, namedParameters, namedStatistics } from "../nn/named_variables.ts";
import { permuteShape } from "../nn/layers/parameter_layout.ts";
import { headModules } from "../nn/frozen_modules.ts";
import { resamplePositions } from "../nn/resample_positions.ts";
import { adaptChannels } from "./adapt_channels.ts";
import { decodeNumbers } from "./decode_numbers.ts";
import { loadModelWeights, modelWeights, storeWeights } from "./model_weights.ts";
import type { WeightOptions } from "./weight_options.ts";
import type { StoredTensor } from "./safetensors.ts";
import { refuseLookalike } from "./timm_lookalikes.ts";
import { withOurNames } from "./timm_names.ts";
import { readWeightFile } from "./weight_file.ts";

/** Prefixes of names where training scripts wrap a network in another. */
const WRAPPINGS = ["module.", "cnn.", "model."];
/** Second names that upstream's Inception gives to the same tensors. */
const REPEATED = /^features_[ab]\./;
/** Names of heads, whose tensors are not needed where the head is another. */
const HEADS =
  /^(fc|last_linear|classifier|head|conv_head|norm_head|AuxLogits|aux_linear|aux_attention|attention)\./;

function unwrapped(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (REPEATED.test(name.replace(/^module\./, ""))) continue;
    let short = name;
    for (const wrapping of WRAPPINGS) if (short.startsWith(wrapping)) short = short.slice(wrapping.length);
    // A wrapper's own layer wins over one of the same name inside what it wraps.
    if (!named.has(short) || short === name) named.set(short, tensor);
  }
  return named;
}

/** The convolutions that read the picture. */
function firstConvolutions(model: tf.LayersModel): Set<string> {
  const inputs = new Set(model.inputs.map((input) => input.id));
  const reads = (layer: tf.layers.Layer) => (layer.input as tf.SymbolicTensor).id;
  const convolutions = moduleLayers(model).filter((layer) => layer instanceof Conv2d);
  return new Set(
    convolutions.filter((layer) => inputs.has(reads(layer))).map((layer) => `${layer.name}.weight`),
  );
}

/** Resamples the positions of a file that was trained on pictures of another size, as timm does. */
function resizePositions(
  model: tf.LayersModel,
  { tensors, shapes }: { tensors: Map<string, StoredTensor>; shapes: ReadonlyMap<string, number[]> },
): string[] {
  const notes: string[] = [];
  for (const { name, options: { prefix } } of moduleLayers(model).filter(isPositions)) {
    const stored = tensors.get(name), values = stored && decodeNumbers(stored);
    if (stored?.shape.length !== 3 || !values) continue;
    const [wanted, [, count, channels]] = [shapes.get(name)![1]!, stored.shape as [number, number, number]];
    const [side, to] = [Math.sqrt(count - prefix), Math.sqrt(wanted - prefix)];
    if (side === to || !Number.isInteger(side)) continue;
    const data = new Float32Array(wanted * channels);
    data.set(values.subarray(0, prefix * channels));
    const grid = values.subarray(prefix * channels);
    data.set(resamplePositions(grid, { side, channels }, to), prefix * channels);
    tensors.set(name, { dtype: "F32", shape: [1, wanted, channels], data: new Uint8Array(data.buffer) });
    notes.push(`${name}: ${side} x ${side} positions resampled to ${to} x ${to}`);
  }
  return notes;
}

function isPositions(layer: ModuleLayer): layer is PositionEmbedding {
  return layer instanceof PositionEmbedding;
}

function expectedShapes(model: tf.LayersModel): Map<string, number[]> {
  const all = [...namedParameters(model), ...namedStatistics(model)];
  return new Map(
    all.map(([name, { variable, layout }]) => [name, permuteShape(variable.shape, layout.toTorch)]),
  );
}

/** A file's tensors adapted to a model. */
export interface AdaptedWeights {
  readonly tensors: Map<string, StoredTensor>;
  /** The file's names of tensors that were renamed. */
  readonly fileNames: ReadonlyMap<string, string>;
  /** What was changed, one line each for the user. */
  readonly notes: readonly string[];
}

/**
 * Adapts pretrained weights to a model that differs in names, channels, size, classes or head: timm's names become ours, the
 * first filters follow the rule, positions are resampled, a head of another shape or name keeps its initial values. Every other difference is
 * left for `loadModelWeights` to refuse.
 */
export async function adaptWeights(
  model: tf.LayersModel,
  found: ReadonlyMap<string, StoredTensor>,
  rule: WeightOptions["in_channels"],
): Promise<AdaptedWeights> {
  const shapes = expectedShapes(model);
  const { tensors, fileNames, family } = withOurNames(unwrapped(found), shapes);
  const notes: string[] = family === null ? [] : [`timm's names of ${family} read as torchvision's`];
  for (const name of firstConvolutions(model)) {
    const [stored, shape] = [tensors.get(name), shapes.get(name)!];
    if (!stored || stored.shape.length !== 4 || stored.shape[1] === shape[1]) continue;
    tensors.set(name, adaptChannels(stored, { channels: shape[1]!, rule }));
    notes.push(`${name}: ${stored.shape[1]} channels made ${shape[1]} by ${rule}`);
  }
  notes.push(...resizePositions(model, { tensors, shapes }));
  notes.push(...await replaceHead(model, { tensors, shapes }));
  return { tensors, fileNames, notes };
}

/** The head that a module belongs to (`AuxLogits` for `AuxLogits.fc`), when the file has no tensor of it; else null. */
function absentHead(module: string, tensors: ReadonlyMap<string, StoredTensor>): string | null {
  const prefix = HEADS.exec(`${module}.`)?.[0];
  if (!prefix || [...tensors.keys()].some((name) => name.startsWith(prefix))) return null;
  return prefix.slice(0, -1);
}

/** Replaces a head that does not fit by the model's initial one, and drops heads that the model does not have. */
async function replaceHead(
  model: tf.LayersModel,
  { tensors, shapes }: { tensors: Map<string, StoredTensor>; shapes: ReadonlyMap<string, number[]> },
): Promise<string[]> {
  const notes: string[] = [];
  const initial = storeWeights(await modelWeights(model));
  for (const last of headModules(model)) {
    const module = absentHead(last, tensors) ?? last;
    const own = [...shapes].filter(([name]) => name.startsWith(`${module}.`));
    if (own.every(([name, shape]) => tensors.get(name)?.shape.join() === shape.join())) continue;
    const before = tensors.get(`${module}.weight`)?.shape[0];
    for (const [name] of own) tensors.set(name, initial.get(name)!);
    notes.push(
      `${module}: initial values (${
        before === undefined ? "not in the file" : `the file's has ${before} outputs`
      })`,
    );
  }
  const unused = [...tensors.keys()].filter((name) =>
    !shapes.has(name) && !initial.has(name) && HEADS.test(name)
  );
  for (const name of unused) tensors.delete(name);
  return unused.length === 0 ? notes : [...notes, `${firstFew(unused.map(quoted))}: not used`];
}

/**
 * Loads the pretrained weights that `model.params` names into a fresh model.
 *
 * @returns what was done, in lines for the user; none where nothing is asked for
 * @throws Problem when the file is missing, broken or of another architecture
 */
export async function applyPretrained(model: tf.LayersModel, options: WeightOptions): Promise<string[]> {
  const { pretrained, in_channels } = options;
  if (pretrained === null) return [];
  refuseLookalike(pretrained, model.name);
  const { tensors, fileNames, notes } = await adaptWeights(
    model,
    await readWeightFile(pretrained),
    in_channels,
  );
  loadModelWeights(model, tensors, { fileNames });
  return [`Pretrained weights from ${pretrained}`, ...notes.map((note) => `  ${note}`)];
}
