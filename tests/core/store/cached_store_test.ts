import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listFiles } from "../../../core/base/files.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import { openStore } from "../../../core/store/open_store.ts";
import { S3Store } from "../../../core/store/s3_store.ts";
import { CachedStore } from "../../../core/store/cached_store.ts";
import type { Store } from "../../../core/store/store.ts";
import { inFolder } from "../../_in_folder.ts";
import { withS3Server } from "./_s3_server.ts";
import { randomBytes, testStore } from "./_store_contract.ts";

const BYTES = 100_000;

function cached(folder: string, limit: number): Promise<Store> {
  return openStore(join(folder, "store"), { cache: join(folder, "cache"), cacheBytes: limit });
}

testStore("a cached folder", (body) => inFolder(async (folder) => body(await cached(folder, BYTES))));

/** Puts blobs into a store and returns their keys. */
async function putBlobs(store: Store, count: number): Promise<string[]> {
  const blobs = Array.from({ length: count }, (_, i) => randomBytes(i, BYTES));
  for (const bytes of blobs) await store.putIfAbsent(`blobs/${sha256(bytes)}`, { bytes });
  return blobs.map((bytes) => `blobs/${sha256(bytes)}`);
}

function assertIs(key: string, bytes: Uint8Array | null): void {
  assertEquals(bytes && `blobs/${sha256(bytes)}`, key);
}

Deno.test("a blob is fetched once, other contents every time", () =>
  withS3Server((server) =>
    inFolder(async (folder) => {
      const inner = await S3Store.open("s3://bucket/first", { access: server.access });
      const store = await CachedStore.open(inner, { folder, limit: 10 * BYTES });
      const [blob] = await putBlobs(store, 1) as [string];
      await store.put("results/a", { bytes: randomBytes(9, 10) });
      for (let count = 0; count < 3; count++) {
        assertIs(blob, await store.read(blob));
        await store.get(blob, join(folder, "out"));
        assertIs(blob, await Deno.readFile(join(folder, "out")));
        await store.read("results/a");
      }
      const fetched = (key: string) => server.requests.filter((text) => text === `GET /bucket/first/${key}`);
      assertEquals([fetched(blob).length, fetched("results/a").length], [1, 3]);
    })
  ));

Deno.test("the least recently used blobs are removed from a cache that is full", () =>
  inFolder(async (folder) => {
    const store = await cached(folder, 3 * BYTES);
    const keys = await putBlobs(store, 4), kept = () => listFiles(join(folder, "cache", "blobs"));
    for (const [i, key] of keys.slice(0, 3).entries()) {
      await store.read(key);
      await Deno.utime(join(folder, "cache", key), 1000 + i, 1000 + i);
    }
    await store.read(keys[0]!);
    await store.read(keys[3]!);
    const expected = [keys[0], keys[2], keys[3]].map((key) => key!.slice("blobs/".length));
    assertEquals(await kept(), expected.sort());
    const small = await cached(folder, BYTES - 1);
    assertIs(keys[1]!, await small.read(keys[1]!));
    assertEquals(await kept(), expected);
  }));

Deno.test("a damaged blob of the cache is fetched anew", () =>
  inFolder(async (folder) => {
    const store = await cached(folder, 3 * BYTES), [key] = await putBlobs(store, 1) as [string];
    const path = join(folder, "cache", key);
    for (const damage of [new Uint8Array(0), randomBytes(5, BYTES)]) {
      await store.read(key);
      await Deno.writeFile(path, damage);
      assertIs(key, await store.read(key));
      assertIs(key, await Deno.readFile(path));
    }
  }));

Deno.test("several users of a cache that is too small for all get the right bytes", () =>
  inFolder(async (folder) => {
    const stores = await Promise.all([1, 2, 3].map(() => cached(folder, 2 * BYTES)));
    const keys = await putBlobs(stores[0]!, 6);
    await Promise.all(stores.map(async (store, i) => {
      for (let count = 0; count < 30; count++) {
        const key = keys[(count * (i + 1)) % keys.length]!, out = join(folder, `out.${i}`);
        assertIs(key, await store.read(key));
        await store.get(key, out);
        assertIs(key, await Deno.readFile(out));
      }
    }));
  }));
