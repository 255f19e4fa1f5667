import * as tf from "@tensorflow/tfjs";
import { writeFileAtomic } from "../base/files.ts";
import type { Json } from "../base/json.ts";
import { dataProblem } from "../base/problem.ts";
import { parseTrainedSplitText, type TrainedSplit } from "../layout/trained_split.ts";
import { parseTeachers, type Teacher } from "../predictions/teachers.ts";
import { decodeNumbers } from "../weights/decode_numbers.ts";
import { modelWeights, storeWeights } from "../weights/model_weights.ts";
import { type StoredTensor, writeCheckedSafetensors } from "../weights/safetensors.ts";
import { putWeights, readCheckpointFile } from "./checkpoint.ts";

const FORMAT = "resume 2";
/** Formats that are read; files of the first have no checksum. */
const KNOWN_FORMATS: readonly string[] = ["resume 1", FORMAT];

/** Contents of a resume file. */
export interface ResumeParts {
  readonly model: tf.LayersModel;
  /** Tensors other than the weights, by name: optimizer state, EMA weights. */
  readonly extra: ReadonlyMap<string, tf.Tensor>;
  /** Position in training, as JSON. */
  readonly progress: Json;
  /** The config of the run. */
  readonly config: Json;
  /** The split that was trained on; null when it is not known. */
  readonly trainedSplit: TrainedSplit | null;
  /** The models whose predictions were learned from; null when not all are known, undefined without any. */
  readonly teachers?: readonly Teacher[] | null | undefined;
}

/** A resume file that has been read; `load` loads its weights into a model. */
export interface ResumeState extends Pick<ResumeParts, "progress" | "config" | "trainedSplit" | "teachers"> {
  /** Creates the tensors other than the weights; the caller disposes them. */
  extra(): Map<string, tf.Tensor>;
  load(model: tf.LayersModel): void;
}

function prefixed<Value>(prefix: string, entries: Iterable<readonly [string, Value]>): [string, Value][] {
  return [...entries].map(([name, value]) => [prefix + name, value]);
}

function under<Value>(prefix: string, entries: ReadonlyMap<string, Value>): Map<string, Value> {
  const matching = [...entries].filter(([name]) => name.startsWith(prefix));
  return new Map(matching.map(([name, value]) => [name.slice(prefix.length), value]));
}

async function storeTensor(tensor: tf.Tensor): Promise<StoredTensor> {
  const values = await tensor.data() as Float32Array;
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  return { dtype: "F32", shape: tensor.shape, data };
}

/** Writes the resume file atomically. One file holds the whole state, so that its parts always match. */
export async function writeResume(path: string, parts: ResumeParts): Promise<void> {
  const tensors = new Map(prefixed("model.", storeWeights(await modelWeights(parts.model))));
  for (const [name, tensor] of parts.extra) tensors.set(`state.${name}`, await storeTensor(tensor));
  const metadata = {
    podium: FORMAT,
    progress: JSON.stringify(parts.progress),
    config: JSON.stringify(parts.config),
    ...(parts.trainedSplit && { split_file: JSON.stringify(parts.trainedSplit) }),
    ...(parts.teachers !== undefined && { teachers: JSON.stringify(parts.teachers) }),
  };
  await writeFileAtomic(path, writeCheckedSafetensors(tensors, metadata));
}

function makeTensor({ shape, dtype, data }: StoredTensor): tf.Tensor {
  return tf.tensor(decodeNumbers({ shape, dtype, data })!, [...shape]);
}

const NEXT = "Start over with --fresh, or remove the file to begin at epoch 0";

/** The JSON text under a key of the metadata. */
function readJson(metadata: ReadonlyMap<string, string>, key: string, path: string): Json {
  try {
    return JSON.parse(metadata.get(key) ?? "") as Json;
  } catch {
    throw dataProblem(`Cannot resume from "${path}": its ${key} is damaged`, NEXT);
  }
}

/**
 * Reads a resume file.
 *
 * @throws Problem (data) when the file is damaged or not a resume file of Podium
 */
export async function readResume(path: string): Promise<ResumeState> {
  const { tensors, metadata } = await readCheckpointFile(path, NEXT);
  if (!KNOWN_FORMATS.includes(metadata.get("podium") ?? "")) {
    throw dataProblem(`Cannot resume from "${path}": it is not a resume file of Podium`, NEXT);
  }
  return {
    progress: readJson(metadata, "progress", path),
    config: readJson(metadata, "config", path),
    trainedSplit: parseTrainedSplitText(metadata.get("split_file")),
    teachers: parseTeachers(metadata.get("teachers")),
    extra: () => new Map([...under("state.", tensors)].map(([name, stored]) => [name, makeTensor(stored)])),
    load: (model) => putWeights(model, under("model.", tensors), path),
  };
}
