import type { ImageFiles, Split } from "../base/example.ts";
import type { ViewSettings } from "./views.ts";
import type { ProblemKind } from "../base/problem.ts";

/** What a worker needs to know once. */
export interface WorkerSetup {
  /** Plugin files of the config. */
  readonly plugins: readonly string[];
  readonly transform: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** Several views of each picture, or null. */
  readonly views: ViewSettings | null;
  readonly split: Split;
  readonly channels: number;
  readonly seed: number;
  readonly maxPixels: number;
  /** Folder of decoded images, or null. */
  readonly cache: string | null;
}

/** One picture and where its numbers belong in the slot, counted in pictures. */
export interface ChunkItem {
  readonly position: number;
  readonly files: ImageFiles;
  /** How often it came before in the epoch; the first time when left out. */
  readonly repeat?: number;
}

/** A few pictures of one batch; the pixels travel through shared memory, never through messages. */
export interface Chunk {
  readonly epoch: number;
  readonly slot: SharedArrayBuffer;
  readonly items: readonly ChunkItem[];
}

/** A picture that could not be prepared, and why. */
export interface BrokenItem {
  readonly position: number;
  readonly message: string;
  readonly next: string | undefined;
}

/** Main thread to worker. */
export type ToWorker =
  | { readonly type: "start"; readonly setup: WorkerSetup }
  | { readonly type: "work"; readonly key: number; readonly chunk: Chunk };

/** Worker to main thread. */
export type FromWorker =
  | {
    readonly type: "failed";
    readonly kind: ProblemKind;
    readonly message: string;
    readonly next: string | undefined;
  }
  | { readonly type: "done"; readonly key: number; readonly broken: readonly BrokenItem[] };
