/** Where the content of a key comes from: a file, which may be larger than memory, or bytes. */
export type Source = { readonly path: string } | { readonly bytes: Uint8Array };

/**
 * A place that machines share: whole files under keys such as `results/1f2e.json` or `blobs/<sha256>`.
 *
 * Every content has a checksum, which is compared whenever it is read. A content of a key that begins with `blobs/` must
 * be the one whose SHA-256 the key names: it never changes, so that it may be kept in a cache.
 */
export interface Store {
  /** What `openStore` was given. */
  readonly address: string;
  /**
   * Copies a content to a file, which is there whole or not at all.
   *
   * @returns false, and nothing is written, when there is no such key
   * @throws a data problem when the content does not fit its checksum
   */
  get(key: string, path: string): Promise<boolean>;
  /** The content in memory, or null when there is no such key; errors are those of `get`. */
  read(key: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Writes a content unless the key has one. Of any number of writers at the same time exactly one has "written". */
  putIfAbsent(key: string, source: Source): Promise<"written" | "exists">;
  /** Writes a content in place of what the key has. */
  put(key: string, source: Source): Promise<void>;
  /** The keys that begin with a text, in no particular order; those written meanwhile may be missing. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes a key; nothing happens when there is none. */
  delete(key: string): Promise<void>;
}
