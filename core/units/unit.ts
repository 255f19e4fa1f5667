import { z } from "zod";
import type { Output } from "../base/output.ts";
import type { Store } from "../store/store.ts";

/** Kinds of units; each is what one call of one task does, or a part of it. */
export const UNIT_KINDS = [
  /** A training: one config, fold and seed. */
  "train",
  /** The mean of a training's last checkpoints. */
  "swa",
  /** Predictions of a split, or of a part of its rows. */
  "inference",
  /** Parts of predictions -> the prediction file. */
  "join_inference",
  /** Hashes of a part of the images. */
  "hash",
  /** Parts of hashes -> duplicates, or leaks. */
  "find_duplicate_images",
  "find_data_leak",
  /** One trial of a random search; a training that confirms its best; what is made of all of them: best_policy.data. */
  "search_trial",
  "search_confirmation",
  "search",
  "make_submission",
  "report",
] as const;

/** Kind of a {@link Unit}. */
export type UnitKind = typeof UNIT_KINDS[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Schema of a line of a plan. */
export const unitSchema = z.strictObject({
  /** The kind, a hyphen, 16 hexadecimal digits: the hash of all that decides the unit's results. */
  id: z.string().regex(/^[a-z_]+-[0-9a-f]{16}$/),
  kind: z.enum(UNIT_KINDS),
  /** What a reader is shown, such as "train results/resnet34.0.policy". */
  title: z.string(),
  /** What is called: the task's name, the resolved config of those that have one, arguments. */
  task: z.looseObject({ name: z.string() }),
  /** Ids of the units whose outputs this one reads; they come earlier in the plan. */
  needs: z.array(z.string()),
  /** Files of the project that are read as they were when the plan was made; images are not among them. */
  inputs: z.array(z.strictObject({ path: z.string(), sha256 })),
  /** Files that it makes, relative to the project; a name that ends in / stands for files below that folder. */
  outputs: z.array(z.string()),
  /** What it takes on the machine that planned, where that was asked for. */
  estimate: z.strictObject({ seconds: z.number(), bytes: z.number() }).nullable(),
  /** Threads of its backend; 0 leaves it to the backend. */
  threads: z.int().min(0),
});

/** A piece of work that any machine can do: a line of a plan. */
export type Unit = z.output<typeof unitSchema>;

/** Schema of `units/<id>/result.json`. */
export const unitResultSchema = z.strictObject({
  id: z.string(),
  /** The files made; their content is in the store at `blobs/<sha256>`. */
  outputs: z.array(z.strictObject({ path: z.string(), sha256, bytes: z.number() })),
  /** ISO 8601. */
  started: z.string(),
  ended: z.string(),
  machine: z.string(),
  attempt: z.int().min(1),
});

/** What a unit made, whoever ran it: the first result that was written. */
export type UnitResult = z.output<typeof unitResultSchema>;

/** Schema of `units/<id>/failed.json`. */
export const unitFailureSchema = z.strictObject({
  id: z.string(),
  /** Of the problem: config and data are never tried again, failed is. */
  kind: z.enum(["failed", "config", "data"]),
  message: z.string(),
  next: z.string().nullable(),
  /** ISO 8601. */
  time: z.string(),
  machine: z.string(),
  attempt: z.int().min(1),
});

/** Why a unit has failed; removed when it succeeds after all. */
export type UnitFailure = z.output<typeof unitFailureSchema>;

/** How far a unit is. */
export interface UnitProgress {
  /** The epoch of a training that has ended, from 0. */
  readonly epoch?: number;
  /** Its mean loss on the train split. */
  readonly loss?: number;
  /** What is being done, with how much of it, such as "hashing images 12/60". */
  readonly note?: string;
}

/** Options of `runUnit`. The working folder is the project: all paths of units are relative to it. */
export interface RunUnitOptions {
  readonly store: Store;
  /** Number of this attempt, from 1. */
  readonly attempt?: number;
  /** When aborted, a training saves a resume point into the store; the unit throws a problem of kind "interrupted". */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UnitProgress) => void;
  readonly output?: Output;
}

/** Options of `runInThread`: as those of `runUnit`, but the thread opens the store itself. */
export interface RunInThreadOptions extends Omit<RunUnitOptions, "store"> {
  /** Address of the store: a folder or s3://bucket/prefix. */
  readonly store: string;
}

/** Where the store keeps things. */
export const storeKeys = {
  result: (id: string) => `units/${id}/result.json`,
  failed: (id: string) => `units/${id}/failed.json`,
  /** Prefix of the resume point of a training. */
  resume: (id: string) => `units/${id}/resume/`,
  blob: (sha256: string) => `blobs/${sha256}`,
} as const;
