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

type PlaneCells = [
  channel: number | null,
  width: number,
  height: number,
  mean: number,
  flat: 0 | 1,
  digest: string,
  hashes: Readonly<Record<string, string>>,
  lowConfidence: readonly string[],
];

/** A line of a cache or shard file. */
export function formatEntry(entry: FileEntry): string {
  const planes = entry.planes.map((plane): PlaneCells => [
    plane.channel,
    plane.width,
    plane.height,
    plane.mean,
    plane.flat ? 1 : 0,
    plane.digest,
    plane.hashes,
    plane.lowConfidence,
  ]);
  return JSON.stringify([
    entry.file,
    entry.size,
    entry.changed,
    entry.content,
    entry.reason ?? planes,
    entry.traits,
  ]);
}

function readPlane(cells: PlaneCells): PlaneRecord {
  const [channel, width, height, mean, flat, digest, hashes, lowConfidence] = cells;
  return { channel, width, height, mean, flat: flat === 1, digest, hashes, lowConfidence };
}

function isEntry(
  value: unknown,
): value is [string, number, number, string, string | PlaneCells[], FileTrait[]] {
  return Array.isArray(value) && value.length === 6 && typeof value[0] === "string" &&
    typeof value[1] === "number" && typeof value[2] === "number" && typeof value[3] === "string" &&
    (typeof value[4] === "string" || Array.isArray(value[4])) && Array.isArray(value[5]);
}

/** File and content of a line, with as little of it read as can be; the rest is read when the entry is asked for. */
const KEYS = /^\["((?:[^"\\]|\\.)*)",\d+,[-\d.e+]+,"([^"\\]*)",.*\]$/;

/**
 * What a line of a cache or shard file is found by; null when it is cut off or something else, as after a power failure.
 */
export function entryKeys(line: string): Pick<FileEntry, "file" | "content"> | null {
  const [, file, content] = KEYS.exec(line) ?? [];
  if (file === undefined || content === undefined) return null;
  return { file: file.includes("\\") ? unescapeText(file) : file, content };
}

function unescapeText(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return "";
  }
}

/** Reads such a line; null when it is cut off or something else, as after a power failure. */
export function parseEntry(line: string): FileEntry | null {
  try {
    const value: unknown = JSON.parse(line);
    if (!isEntry(value)) return null;
    const [file, size, changed, content, rest, traits] = value;
    const broken = typeof rest === "string";
    return {
      file,
      size,
      changed,
      content,
      planes: broken ? [] : rest.map(readPlane),
      reason: broken ? rest : null,
      traits,
    };
  } catch {
    return null;
  }
}
