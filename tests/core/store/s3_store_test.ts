import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import type { Transfer } from "../../../core/store/contents.ts";
import { type S3Options, S3Store } from "../../../core/store/s3_store.ts";
import type { Store } from "../../../core/store/store.ts";
import { inFolder } from "../../_in_folder.ts";
import { type S3Server, withS3Server } from "./_s3_server.ts";
import { assertDamaged, listed, randomBytes, testStore } from "./_store_contract.ts";

/** Hundreds of tries within the time of a test. */
const QUICK = { patience: 20_000, firstWait: 2, longestWait: 20 };
const ADDRESS = "s3://bucket/first";

function open(server: S3Server, options: S3Options = {}): Promise<S3Store> {
  return S3Store.open(ADDRESS, { access: server.access, retry: QUICK, ...options });
}

testStore("S3", (body) => withS3Server(async (server) => body(await open(server))));

testStore("S3 of which every tenth request fails", (body) =>
  withS3Server(async (server) => {
    server.proxy.failing = 0.1;
    await body(await open(server));
  }));

testStore(
  "S3 in parts of 64 KiB, of which every tenth request fails",
  (body) =>
    withS3Server(async (server) => {
      server.proxy.failing = 0.1;
      await body(await open(server, { sizes: { part: 65_536, parts: 100 } }));
    }),
);

Deno.test("an upload whose answers get lost is known again: one of two writers wins, always", () =>
  withS3Server(async (server) => {
    const stores = [await open(server), await open(server)];
    server.proxy.failing = 0.5;
    for (let round = 0; round < 20; round++) {
      const contents = stores.map((_, i) => randomBytes(2 * round + i, 1000));
      const outcomes = await Promise.all(
        stores.map((store, i) => store.putIfAbsent(`race/${round}`, { bytes: contents[i]! })),
      );
      assertEquals([...outcomes].sort(), ["exists", "written"]);
      assertEquals(await stores[0]!.read(`race/${round}`), contents[outcomes.indexOf("written")]!);
    }
  }));

async function usesThrough(store: Store, outage: Promise<void>): Promise<void> {
  let over = false, written = 0;
  const watched = outage.then(() => over = true);
  do {
    const bytes = randomBytes(written, 5000), key = `results/${written++}`;
    assertEquals(await store.putIfAbsent(key, { bytes }), "written");
    assertEquals(await store.read(key), bytes);
  } while (!over);
  await watched;
  assertEquals((await listed(store, "results/")).length, written);
}

Deno.test("work goes on after an outage", () =>
  withS3Server(async (server) => {
    const long = Deno.env.get("PODIUM_SOAK") !== undefined;
    const store = await open(
      server,
      long ? { retry: { ...QUICK, patience: 120_000, longestWait: 10_000 } } : {},
    );
    server.proxy.failing = 0.1;
    await usesThrough(store, server.proxy.goOut(long ? 30_000 : 500));
  }));

Deno.test("a server that stays away is a failure that a further try may mend", () =>
  withS3Server(async (server) => {
    const store = await open(server, { retry: { ...QUICK, patience: 100 } });
    server.proxy.failing = 1;
    const error = await assertRejects(() => listed(store, ""), Problem, "for 0 s of waiting");
    assertEquals(error.exitCode, 1);
  }));

Deno.test("a server whose conditional writes are none, or unsafe, is refused", () =>
  withS3Server(async (server) => {
    for (const conditional of [false, "slowly"] as const) {
      server.conditional = conditional;
      const error = await assertRejects(() => open(server), Problem, "lets 4 of 4 writers write");
      assertEquals(error.exitCode, 2);
      assertEquals(server.objects.size, 0);
    }
  }));

Deno.test("an upload in parts that collides with another is sent anew", () =>
  withS3Server(async (server) => {
    const store = await open(server, { sizes: { part: 1000, parts: 100 } }), bytes = randomBytes(1, 5000);
    server.conflicts = 2;
    assertEquals(await store.putIfAbsent("a", { bytes }), "written");
    assertEquals(await store.read("a"), bytes);
  }));

Deno.test("a server that refuses says why", () =>
  withS3Server(async (server) => {
    const access = { ...server.access, accessKeyId: "other" };
    const error = await assertRejects(
      () => open(server, { access }),
      Problem,
      "answers 403 AccessDenied as told",
    );
    assertEquals(error.exitCode, 2);
  }));

Deno.test("damaged objects, and those of other programs, are refused", () =>
  withS3Server(async (server) => {
    const store = await open(server), bytes = randomBytes(1, 1000), blob = `blobs/${sha256(bytes)}`;
    for (const key of [blob, "results/a"]) {
      await store.put(key, { bytes });
      const path = `/bucket/first/${key}`, object = server.objects.get(path)!;
      server.objects.set(path, { ...object, bytes: bytes.map((byte, i) => i === 7 ? byte ^ 1 : byte) });
      await assertDamaged(() => store.read(key));
      await inFolder((folder) => assertDamaged(() => store.get(key, join(folder, "out"))));
    }
    server.objects.set("/bucket/first/other", { bytes, metadata: {} });
    await assertDamaged(() => store.read("other"));
    server.objects.set(`/bucket/first/${blob}`, { bytes, metadata: {} });
    assertEquals(await store.read(blob), bytes);
  }));

Deno.test("what is there already is not sent again, and transfers are told of", () =>
  withS3Server(async (server) => {
    const told: Transfer[] = [];
    const sizes = { part: 2 ** 20, parts: 100 }, bytes = randomBytes(1, 2.5 * 2 ** 20);
    const store = await open(server, { sizes, onProgress: (transfer) => told.push(transfer) });
    await store.putIfAbsent("a", { bytes });
    assertEquals(server.uploads.size, 0);
    assertEquals(told.map(({ done }) => done).sort((a, b) => a - b).at(-1), bytes.length);
    assertEquals(told.length, 3);
    const before = server.requests.length;
    assertEquals(await store.putIfAbsent("a", { bytes }), "exists");
    assertEquals(server.requests.slice(before), ["HEAD /bucket/first/a"]);
    told.length = 0;
    await store.read("a");
    assert(told.every(({ key, total }) => key === "a" && total === bytes.length));
    assertEquals(told.at(-1)!.done, bytes.length);
  }));

Deno.test("what lies beside the prefix, or has a name that is no key, is not listed", () =>
  withS3Server(async (server) => {
    const store = await open(server);
    await store.put("a", { bytes: randomBytes(1, 1) });
    for (const path of ["second/a", "first/a b", "firs"]) {
      server.objects.set(`/bucket/${path}`, { bytes: randomBytes(1, 1), metadata: {} });
    }
    assertEquals(await listed(store, ""), ["a"]);
  }));
