import { configProblem } from "../base/problem.ts";

/** What keys of contents begin with that are named by their SHA-256. */
export const BLOBS = "blobs/";
/** Parts between slashes, of characters that need no escape in an address or on any disk; none begins with a dot. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** Bytes of the longest key that S3 takes. */
const LONGEST_KEY = 1024;

/** Whether a text can be a key. */
export function isKey(text: string): boolean {
  return text.length <= LONGEST_KEY && KEY.test(text);
}

/**
 * A key itself, when it is one: parts of letters, digits and `._-` between slashes, none of which begins with a dot.
 *
 * @throws Problem (config) otherwise
 */
export function checkKey(key: string): string {
  if (isKey(key)) return key;
  throw configProblem(
    `Cannot keep "${key}" in a store: a key is parts of letters, digits and ._- between slashes`,
    "Choose a name without other characters",
  );
}

/** A beginning of keys itself, when it is one; errors are those of {@link checkKey}. */
export function checkPrefix(prefix: string): string {
  if (prefix !== "") checkKey(prefix.replace(/\/$/, ""));
  return prefix;
}

/**
 * The key of a content that is named by its SHA-256.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sha256OfBlob(blobKey("ab".repeat(32))), "ab".repeat(32));
 * assertEquals(sha256OfBlob("results/1.json"), null);
 * ```
 */
export function blobKey(sha256: string): string {
  return checkKey(`${BLOBS}${sha256}`);
}

/** The SHA-256 that a key names; null for keys of contents with other names. */
export function sha256OfBlob(key: string): string | null {
  return key.startsWith(BLOBS) ? key.slice(BLOBS.length) : null;
}
