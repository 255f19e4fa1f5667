import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { readText } from "../base/read_file.ts";
import { parseHashes } from "./checksum.ts";

const version = z.object({
  /** The entity tag, or null. */
  etag: z.string().nullable(),
  /** Last-Modified, or null. */
  modified: z.string().nullable(),
  /** Bytes of the whole file, or null. */
  size: z.number().nullable(),
  /** Checksums of the whole file, base64 by name. */
  hashes: z.record(z.string(), z.string()),
});

/** Which content of a file a server sends. */
export type ArchiveVersion = z.output<typeof version>;

/** Bytes of the whole file: a range tells them behind its slash. */
function sizeOf({ status, headers }: Response): number | null {
  const text = status === 206
    ? headers.get("content-range")?.split("/")[1]
    : headers.get("content-length") ?? headers.get("x-goog-stored-content-length");
  return /^\d+$/.test(text ?? "") ? Number(text) : null;
}

/** What an answer tells of the file that it holds a part or all of. */
export function versionOf(answer: Response): ArchiveVersion {
  const { headers } = answer;
  return {
    etag: headers.get("etag"),
    modified: headers.get("last-modified"),
    size: sizeOf(answer),
    hashes: parseHashes(headers.get("x-goog-hash")),
  };
}

/** Whether two answers were of the same content; a server that names no version never says so. */
export function isSameVersion(one: ArchiveVersion, other: ArchiveVersion): boolean {
  if (one.size !== other.size || one.size === null) return false;
  if (one.etag !== null && other.etag !== null) return one.etag === other.etag;
  return one.modified !== null && one.modified === other.modified;
}

/** The value of If-Range for a version: a server may compare strong tags and dates only. */
export function ifRange({ etag, modified }: ArchiveVersion): string | null {
  return etag !== null && !etag.startsWith("W/") ? etag : modified;
}

/** A version that was saved as JSON, alone or among other keys; null when there is none or it is damaged. */
export async function readVersion(path: string): Promise<ArchiveVersion | null> {
  if (!await pathExists(path)) return null;
  try {
    return version.parse(JSON.parse(await readText(path, "text")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
