import type { FileTrait } from "./file_traits.ts";
import type { ImageFiles, Source } from "../base/example.ts";
import type { ImageHash } from "../plugin/contracts.ts";

/** A hash with the name that files and reports give it. */
export interface NamedHash {
  readonly name: string;
  readonly hash: ImageHash;
}

/** What a scan knows about one plane of one picture. */
export interface HashRecord {
  readonly id: string;
  readonly source: Source;
  readonly file: string;
  /** Whether the file holds this plane alone, as gray; otherwise the plane is a channel of it. */
  readonly whole: boolean;
  /** Index of the channel, null for the picture as gray. */
  readonly channel: number | null;
  readonly width: number;
  readonly height: number;
  /** Mean gray level, 0 to 255. */
  readonly mean: number;
  /** Flat or nearly so: hashes say nothing, only equal pixels do. */
  readonly flat: boolean;
  /** Digest of size and gray pixels: equal for equal pixels, whatever the file format. */
  readonly digest: string;
  /** Hex by name of the hash. */
  readonly hashes: Readonly<Record<string, string>>;
  /** What the file is beside its pixels: 16-bit, animated, ... */
  readonly traits: readonly FileTrait[];
  /** Names of hashes with a bit that hangs on the last digits of a float64. */
  readonly lowConfidence: readonly string[];
}

/** What a file says about one of its channels; the picture's name is not part of it. */
export type PlaneRecord = Omit<HashRecord, "id" | "source" | "file" | "whole" | "traits">;

/** A picture that could not be read. */
export interface BrokenImage {
  readonly id: string;
  readonly source: Source;
  readonly file: string;
  readonly reason: string;
}

/** Compares pictures by the one order that every decision uses: by source (train, external, test), then by id. */
export function compareRecords(
  a: Pick<ImageFiles, "id" | "source">,
  b: Pick<ImageFiles, "id" | "source">,
): number {
  const order = SOURCE_ORDER[a.source] - SOURCE_ORDER[b.source];
  return order !== 0 ? order : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

const SOURCE_ORDER: Readonly<Record<Source, number>> = { train: 0, external: 1, test: 2 };
