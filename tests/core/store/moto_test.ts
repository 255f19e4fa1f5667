import { assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { S3Store } from "../../../core/store/s3_store.ts";
import { needing } from "../../_needing.ts";
import { findMoto, withMoto } from "./_moto.ts";
import { listed, randomBytes, testStore } from "./_store_contract.ts";

const ADDRESS = "s3://bucket/first";
const python = await findMoto();
const missing = python === null ? 'no Python with "moto[server]>=5.2.5"' : null;

const retry = { patience: 20_000, firstWait: 2, longestWait: 20 };

testStore(
  "Moto, of whose requests every tenth fails,",
  (body) =>
    withMoto(python!, async (access, proxy) => {
      proxy.failing = 0.1;
      await body(await S3Store.open(ADDRESS, { access, retry }));
    }),
  missing,
);

Deno.test({
  ...needing("Moto takes parts of 5 MiB, pages of 1,000 keys, and no wrong signature", missing),
  fn: () =>
    withMoto(python!, async (access) => {
      const store = await S3Store.open(ADDRESS, { access, sizes: { part: 5 * 2 ** 20, parts: 100 } });
      const bytes = randomBytes(1, 12 * 2 ** 20);
      assertEquals(await store.putIfAbsent("large-1.a_b-c", { bytes }), "written");
      assertEquals(await store.putIfAbsent("large-1.a_b-c", { bytes: bytes.subarray(1) }), "exists");
      assertEquals(await store.read("large-1.a_b-c"), bytes);
      for (let i = 0; i < 1001; i++) await store.put(`many/${i}`, { bytes: bytes.subarray(0, 1) });
      assertEquals((await listed(store, "many/")).length, 1001);
      const wrong = { ...access, secretAccessKey: "wrong" };
      await assertRejects(() => S3Store.open(ADDRESS, { access: wrong }), Problem, "SignatureDoesNotMatch");
    }),
});
