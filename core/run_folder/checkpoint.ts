import type * as tf from "@tensorflow/tfjs";
import { readFile } from "../base/read_file.ts";
import { writeFileAtomic } from "../base/files.ts";
import type { Json } from "../base/json.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { VERSION } from "../base/version.ts";
import { parseTrainedSplitText, type TrainedSplit } from "../layout/trained_split.ts";
import { parseTeachers, type Teacher } from "../predictions/teachers.ts";
import { loadModelWeights, modelWeights, storeWeights } from "../weights/model_weights.ts";
import {
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeCheckedSafetensors,
} from "../weights/safetensors.ts";

/** Metadata of a checkpoint, stored in its safetensors header. */
export interface CheckpointInfo {
  /** Epochs count from 0. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly step: number;
  /** The config of the run, without keys that do not affect the weights. */
  readonly config: Json;
  /** Validation scores by name. */
  readonly metrics: Json;
  /** The split that was trained on; null or left out when it is not known. */
  readonly trainedSplit?: TrainedSplit | null;
  /** The models whose predictions were learned from; null when they are not known, left out where there are none. */
  readonly teachers?: readonly Teacher[] | null | undefined;
}

/** Checkpoint metadata as strings, the only type that safetensors metadata allows. */
export function checkpointMetadata(info: CheckpointInfo): Record<string, string> {
  return {
    format: "pt",
    podium: "weights 2",
    version: VERSION,
    epoch: String(info.epoch),
    step: String(info.step),
    config: JSON.stringify(info.config),
    metrics: JSON.stringify(info.metrics),
    ...(info.trainedSplit && { split_file: JSON.stringify(info.trainedSplit) }),
    ...(info.teachers !== undefined && { teachers: JSON.stringify(info.teachers) }),
  };
}

/** The split that trained a checkpoint's weights, from its metadata; null when it is not known. */
export function checkpointSplit({ metadata }: Pick<SafetensorsFile, "metadata">): TrainedSplit | null {
  return parseTrainedSplitText(metadata.get("split_file"));
}

/** The models whose predictions a checkpoint's model learned from; null when not all are known, undefined without any. */
export function checkpointTeachers(
  { metadata }: Pick<SafetensorsFile, "metadata">,
): Teacher[] | null | undefined {
  return parseTeachers(metadata.get("teachers"));
}

/** Atomically writes a model's weights, with PyTorch's names and layout, to each path. */
export async function saveWeights(
  model: tf.LayersModel,
  paths: readonly string[],
  info: CheckpointInfo,
): Promise<void> {
  const bytes = writeCheckedSafetensors(storeWeights(await modelWeights(model)), checkpointMetadata(info));
  for (const path of paths) await writeFileAtomic(path, bytes);
}

/**
 * Reads a safetensors file.
 *
 * @param next advice for the error message when the file is missing or damaged
 * @throws Problem (data) that names the file
 */
export async function readCheckpointFile(path: string, next: string): Promise<SafetensorsFile> {
  try {
    return readSafetensors(await readFile(path, "weights"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw dataProblem(`Cannot read the checkpoint "${path}": there is no such file`, next);
    }
    if (!(error instanceof Problem)) throw error;
    throw dataProblem(`Cannot read the checkpoint "${path}": ${error.message}`, next);
  }
}

/**
 * Loads the weights of a file into a model.
 *
 * @throws Problem (data) that names the file and the first missing, unexpected or misshaped tensors
 */
export async function loadWeights(model: tf.LayersModel, path: string): Promise<SafetensorsFile> {
  const file = await readCheckpointFile(path, "Name another checkpoint, or train again");
  putWeights(model, file.tensors, path);
  return file;
}

/** Loads tensors into a model; the error on a mismatch names the file. */
export function putWeights(
  model: tf.LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  path: string,
): void {
  try {
    loadModelWeights(model, tensors);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.kind, `Cannot use the checkpoint "${path}": ${error.message}`, error.next);
  }
}
