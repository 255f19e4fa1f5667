import type { FileTrait } from "./file_traits.ts";
import type { PlaneRecord } from "./record.ts";

/** What is known about a file: its planes, or why it cannot be read. */
export interface FileEntry {
  /** Path, relative to the data folder. */
  readonly file: string;
  readonly size: number;
  /** Milliseconds of the last change. */
  readonly changed: number;
  /** Digest of the file's bytes. */
  readonly content: string;
  readonly planes: readonly PlaneRecord[];
  readonly traits: readonly FileTrait[];
  /** Why it cannot be decoded; then there are no planes. */
  readonly reason: string | null;
}
