import type { ImageFiles, Split } from "../base/example.ts";
import type { DecoderParams } from "../plugin/open_decoders.ts";
import type { ViewSettings } from "./views.ts";
import type { Depth } from "../base/pixels.ts";
import type { ProblemKind } from "../base/problem.ts";

/** Settings sent to each worker at its start. */
export interface WorkerSetup {
  /** Plugin files of the config. */
  readonly plugins: readonly string[];
  readonly transform: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** Test-time augmentation views, or null. */
  readonly views: ViewSettings | null;
  readonly split: Split;
  readonly channels: number;
  readonly seed: number;
  readonly maxPixels: number;
  /** Bits of a sample up to normalisation. */
  readonly depth: Depth;
  /** Parameters of decoder plugins by name. */
  readonly decoderParams: DecoderParams;
  /** Image cache folder, or null. */
  readonly cache: string | null;
}

/** One image of a batch. */
export interface ChunkItem {
  /** Index of the image in the batch's shared buffer. */
  readonly position: number;
  readonly files: ImageFiles;
  /** How often the image occurred earlier in the epoch; 0 when left out. */
  readonly repeat?: number;
}

/** Some images of one batch; a worker writes their pixels to shared memory instead of posting them. */
export interface Chunk {
  readonly epoch: number;
  /** The batch's shared buffer, float32. */
  readonly slot: SharedArrayBuffer;
  readonly items: readonly ChunkItem[];
}

/** An image that could not be decoded or transformed, with the reason. */
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
  | { readonly type: "report"; readonly message: string }
  | { readonly type: "done"; readonly key: number; readonly broken: readonly BrokenItem[] };
