import { z } from "zod";
import { writeFileAtomic } from "../base/files.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { readFile } from "../base/read_file.ts";
import type { Split } from "../base/example.ts";
import { VERSION } from "../base/version.ts";
import { checkUnique } from "../layout/labels.ts";
import { parseTrainedSplitText, type TrainedSplit } from "../layout/trained_split.ts";
import { parseTeachers, type Teacher } from "../predictions/teachers.ts";
import { decodeNumbers } from "../weights/decode_numbers.ts";
import { readSafetensors, type SafetensorsFile, writeCheckedSafetensors } from "../weights/safetensors.ts";
import { predictionPath } from "./prediction_path.ts";

/** What a feature file was made of; files of other programs need tell none of it. */
export interface FeatureOrigin {
  /** SHA-256 of the config's part that decides weights; empty where it is not known. */
  readonly config: string;
  /** Path of the network's weights, and their SHA-256; empty where they are not known. */
  readonly weights: string;
  readonly weightsSha256: string;
  /** The split that the images are of; empty where it is not known. */
  readonly split: Split | "";
  /** How each image was viewed. */
  readonly views: Readonly<Record<string, unknown>>;
  /** The split of this data that trained the network: null where it is not known, absent where none did. */
  readonly trainedSplit?: TrainedSplit | null;
  /** The models whose predictions the network learned from; null where they are not known, absent where there are none. */
  readonly teachers?: readonly Teacher[] | null;
}

/** Pooled features of images. */
export interface Features {
  /** The file, for messages. */
  readonly path: string;
  readonly ids: readonly string[];
  /** Number of features of an image. */
  readonly width: number;
  /** `[ids, width]`. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly origin: FeatureOrigin;
}

/** Where the features of a run's split are written unless a path is given: beside its predictions. */
export function featurePath(trainDir: string, split: Split): string {
  return predictionPath(trainDir, split).replace(/csv$/, "features.safetensors");
}

function metadataOf({ ids, origin }: Features): Record<string, string> {
  const { config, weights, weightsSha256, split, views, trainedSplit, teachers } = origin;
  return {
    podium: "features 1",
    version: VERSION,
    ids: JSON.stringify(ids),
    config,
    weights,
    weights_sha256: weightsSha256,
    split,
    views: JSON.stringify(views),
    ...(trainedSplit !== undefined && { split_file: JSON.stringify(trainedSplit) }),
    ...(teachers !== undefined && { teachers: JSON.stringify(teachers) }),
  };
}

/** Writes features as safetensors: the tensor `features`, and in the metadata Ids and origin. */
export async function writeFeatures(features: Features): Promise<void> {
  const { path, ids, width, values } = features;
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensors = new Map([["features", { dtype: "F32", shape: [ids.length, width], data }]]);
  await writeFileAtomic(path, writeCheckedSafetensors(tensors, metadataOf(features)));
}

const idsSchema = z.array(z.string());
const viewsSchema = z.record(z.string(), z.unknown());

function parsed<Out>(schema: z.ZodType<Out>, text: string | undefined): Out | null {
  try {
    return schema.parse(JSON.parse(text ?? ""));
  } catch {
    return null;
  }
}

function originOf(metadata: ReadonlyMap<string, string>): FeatureOrigin {
  const textOf = (key: string) => metadata.get(key) ?? "";
  const split = metadata.get("split_file"), teachers = parseTeachers(metadata.get("teachers"));
  return {
    config: textOf("config"),
    weights: textOf("weights"),
    weightsSha256: textOf("weights_sha256"),
    split: textOf("split") as Split | "",
    views: parsed(viewsSchema, metadata.get("views")) ?? {},
    ...(split !== undefined && { trainedSplit: parseTrainedSplitText(split) }),
    ...(teachers !== undefined && { teachers }),
  };
}

const NEXT =
  'Make it with "deno task extract"; other programs write a float tensor "features" of shape [images, ' +
  'features], and in the metadata "ids", their Ids as a JSON list';

function parseFeatures({ tensors, metadata }: SafetensorsFile, path: string): Features {
  const stored = tensors.get("features"), ids = parsed(idsSchema, metadata.get("ids"));
  const values = stored && decodeNumbers(stored);
  if (!stored || !values || stored.shape.length !== 2) {
    throw dataProblem('it has no float tensor "features"', NEXT);
  }
  const [rows, width] = stored.shape as [number, number];
  if (ids?.length !== rows) throw dataProblem(`it does not name the Ids of its ${rows} rows in "ids"`, NEXT);
  checkUnique(ids, path);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return { path, ids, width, values, origin: originOf(metadata) };
  throw dataProblem(`the features of ${quoted(ids[Math.floor(wrong / width)]!)} are no finite numbers`, NEXT);
}

/**
 * Reads a feature file of {@link writeFeatures}, or of another program: a float tensor `features` and its `ids`.
 *
 * @throws Problem (data) that names the file
 */
export async function readFeatures(path: string): Promise<Features> {
  try {
    return parseFeatures(readSafetensors(await readFile(path, "weights")), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw dataProblem(`Cannot read the features "${path}": there is no such file`, NEXT);
    }
    if (!(error instanceof Problem)) throw error;
    throw dataProblem(`Cannot read the features "${path}": ${error.message}`, error.next ?? NEXT);
  }
}
