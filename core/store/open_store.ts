import { configProblem } from "../base/problem.ts";
import { CachedStore } from "./cached_store.ts";
import type { OnProgress } from "./contents.ts";
import { FolderStore } from "./folder_store.ts";
import { isS3Address } from "./s3_access.ts";
import type { Store } from "./store.ts";

/** How a store is used. */
export interface StoreOptions {
  /** The folder of this machine where blobs that were read are kept; nowhere when left out. */
  readonly cache?: string;
  /** Most bytes in it; 20 GiB when left out. */
  readonly cacheBytes?: number;
  /** Told of transfers from and to the store as they go on. */
  readonly onProgress?: OnProgress;
}

async function openPlain(address: string, onProgress: OnProgress | undefined): Promise<Store> {
  if (isS3Address(address)) {
    // Folders load nothing that only S3 needs.
    const { S3Store } = await import("./s3_store.ts");
    return await S3Store.open(address, { onProgress });
  }
  if (!address.includes("://")) return await FolderStore.open(address, onProgress);
  throw configProblem(`Cannot open the store "${address}"`, "Name a folder or s3://bucket/prefix");
}

/**
 * Opens the store at an address: a folder, or `s3://bucket/prefix` with credentials from the environment.
 *
 * @throws Problem (config) when it cannot be used
 */
export async function openStore(
  address: string,
  { cache, cacheBytes = 20 * 2 ** 30, onProgress }: StoreOptions = {},
): Promise<Store> {
  const store = await openPlain(address, onProgress);
  return cache === undefined ? store : await CachedStore.open(store, { folder: cache, limit: cacheBytes });
}
