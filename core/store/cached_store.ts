import { join } from "@std/path";
import { isDataProblem } from "../base/problem.ts";
import { sizeOf } from "./contents.ts";
import { FolderStore } from "./folder_store.ts";
import type { Source, Store } from "./store.ts";
import { BLOBS, sha256OfBlob } from "./store_key.ts";

/** A folder of this machine for blobs, and most bytes of them. */
export interface CacheFolder {
  readonly folder: string;
  readonly limit: number;
}

interface CachedFile {
  readonly key: string;
  readonly size: number;
  /** When it was used last, in milliseconds. */
  readonly used: number;
}

/**
 * A store of which blobs that were read are kept on this machine, the least recently used are removed when they are too
 * many. A blob never changes, so that nothing in the cache can be out of date. Any number of processes may use the same
 * folder: what one removes is for another as if it had never been there.
 */
export class CachedStore implements Store {
  readonly #store: Store;
  readonly #cache: FolderStore;
  readonly #limit: number;

  private constructor({ store, cache, limit }: { store: Store; cache: FolderStore; limit: number }) {
    this.#store = store;
    this.#cache = cache;
    this.#limit = limit;
  }

  /** A store with a cache before it; the cache's folder is made when it is missing. */
  static async open(store: Store, { folder, limit }: CacheFolder): Promise<CachedStore> {
    return new CachedStore({ store, cache: await FolderStore.open(folder), limit });
  }

  get address(): string {
    return this.#store.address;
  }

  #path(key: string): string {
    return join(this.#cache.address, key);
  }

  /** What the cache gives, or null when it has nothing, or what it has is damaged. */
  async #fromCache<Found>(key: string, read: () => Promise<Found | null>): Promise<Found | null> {
    try {
      const found = await read();
      if (found !== null) await this.#markUsed(key);
      return found;
    } catch (error) {
      if (!isDataProblem(error)) throw error;
      await this.#cache.delete(key);
      return null;
    }
  }

  async #markUsed(key: string): Promise<void> {
    try {
      await Deno.utime(this.#path(key), new Date(), new Date());
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #files(): Promise<CachedFile[]> {
    const files: CachedFile[] = [];
    for await (const key of this.#cache.list(BLOBS)) {
      const info = await Deno.stat(this.#path(key)).catch(() => null);
      if (info !== null) files.push({ key, size: info.size, used: info.mtime?.getTime() ?? 0 });
    }
    return files;
  }

  /** Puts a blob into the cache and removes others until all fit. */
  async #keep(key: string, source: Source): Promise<void> {
    const size = await sizeOf(source);
    if (size > this.#limit) return;
    await this.#cache.putIfAbsent(key, source);
    const others = (await this.#files()).filter((file) => file.key !== key).sort((a, b) => b.used - a.used);
    let left = this.#limit - size;
    for (const other of others) {
      left -= other.size;
      if (left < 0) await this.#cache.delete(other.key);
    }
  }

  async get(key: string, path: string): Promise<boolean> {
    if (sha256OfBlob(key) === null) return await this.#store.get(key, path);
    if (await this.#fromCache(key, async () => await this.#cache.get(key, path) || null)) return true;
    if (!await this.#store.get(key, path)) return false;
    await this.#keep(key, { path });
    return true;
  }

  async read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    if (sha256OfBlob(key) === null) return await this.#store.read(key);
    const cached = await this.#fromCache(key, () => this.#cache.read(key));
    if (cached !== null) return cached;
    const bytes = await this.#store.read(key);
    if (bytes !== null) await this.#keep(key, { bytes });
    return bytes;
  }

  putIfAbsent(key: string, source: Source): Promise<"written" | "exists"> {
    return this.#store.putIfAbsent(key, source);
  }

  put(key: string, source: Source): Promise<void> {
    return this.#store.put(key, source);
  }

  list(prefix: string): AsyncIterable<string> {
    return this.#store.list(prefix);
  }

  delete(key: string): Promise<void> {
    return this.#store.delete(key);
  }
}
