/** What every store promises; each kind of store runs these tests. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import type { Store } from "../../../core/store/store.ts";
import { inFolder } from "../../_in_folder.ts";
import { needing } from "../../_needing.ts";

/** Runs a test's body with a new, empty store. */
export type WithStore = (body: (store: Store) => Promise<void>) => Promise<void>;

/** Bytes that depend on a number. */
export function randomBytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed, "store");
  return new Uint8Array(
    Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.word()).buffer,
    0,
    length,
  );
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

function source(text: string): { readonly bytes: Uint8Array } {
  return { bytes: new TextEncoder().encode(text) };
}

/** The keys of a list, sorted. */
export async function listed(store: Store, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).sort();
}

async function keepsTheFirst(store: Store): Promise<void> {
  assertEquals(await store.putIfAbsent("results/a.json", source("first")), "written");
  assertEquals(await store.putIfAbsent("results/a.json", source("second")), "exists");
  assertEquals(textOf(await store.read("results/a.json")), "first");
  await store.put("results/a.json", source("third"));
  assertEquals(textOf(await store.read("results/a.json")), "third");
  await store.put("results/empty", source(""));
  assertEquals(textOf(await store.read("results/empty")), "");
}

async function lacksWhatIsNotThere(store: Store): Promise<void> {
  await inFolder(async (folder) => {
    assertEquals(await store.read("a/b"), null);
    assertEquals(await store.get("a/b", join(folder, "b")), false);
    assertEquals(await pathExists(join(folder, "b")), false);
    await store.delete("a/b");
    await store.put("a/b", source("b"));
    assertEquals(await store.read("a/b/c"), null);
    await store.delete("a/b");
    assertEquals(await store.read("a/b"), null);
  });
}

async function movesFiles(store: Store): Promise<void> {
  await inFolder(async (folder) => {
    const bytes = randomBytes(1, 3_000_001), key = `blobs/${sha256(bytes)}`;
    await Deno.writeFile(join(folder, "in"), bytes);
    for (const name of [key, "checkpoints/1"]) {
      assertEquals(await store.putIfAbsent(name, { path: join(folder, "in") }), "written");
      assertEquals(await store.get(name, join(folder, "out", "file")), true);
      assertEquals(sha256(await Deno.readFile(join(folder, "out", "file"))), sha256(bytes));
    }
    assertEquals(await store.read(key), bytes);
  });
}

async function listsByPrefix(store: Store): Promise<void> {
  for (const key of ["a/1", "a/12", "a/2/x", "ab/1", "b"]) await store.put(key, source(key));
  assertEquals(await listed(store, "a/1"), ["a/1", "a/12"]);
  assertEquals(await listed(store, "a"), ["a/1", "a/12", "a/2/x", "ab/1"]);
  assertEquals(await listed(store, "c/"), []);
  assertEquals(await listed(store, ""), ["a/1", "a/12", "a/2/x", "ab/1", "b"]);
}

async function letsOneWriterWin(store: Store): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const contents = Array.from({ length: 6 }, (_, i) => randomBytes(10 * round + i, 200_000));
    const outcomes = await Promise.all(
      contents.map((bytes) => store.putIfAbsent(`race/${round}`, { bytes })),
    );
    assertEquals(outcomes.filter((outcome) => outcome === "written").length, 1);
    assertEquals(await store.read(`race/${round}`), contents[outcomes.indexOf("written")]!);
  }
}

async function refusesWrongNames(store: Store): Promise<void> {
  for (const key of ["", "/a", "a//b", "../a", "a/.b", "a b", "a=b", "ä", "x".repeat(1025)]) {
    const error = await assertRejects(() => store.put(key, source("x")), Problem, "Cannot keep");
    assertEquals(error.kind, "config");
  }
  await assertRejects(() => Array.fromAsync(store.list("../a")), Problem, "Cannot keep");
  const wrong = `blobs/${sha256("y")}`;
  await assertRejects(() => store.putIfAbsent(wrong, source("x")), Problem, "the SHA-256 of the content is");
  assertEquals(await store.read(wrong), null);
}

/**
 * Registers the tests that every store passes.
 *
 * @param missing why this kind of store cannot be tested here, or null
 */
export function testStore(name: string, withStore: WithStore, missing: string | null = null): void {
  const promises: Record<string, (store: Store) => Promise<void>> = {
    "keeps the first content, until it is replaced": keepsTheFirst,
    "lacks what is not there": lacksWhatIsNotThere,
    "moves files that fit their checksum": movesFiles,
    "lists by prefix": listsByPrefix,
    "lets exactly one of several writers win, and keeps its bytes whole": letsOneWriterWin,
    "refuses keys that are none and blobs that are others": refusesWrongNames,
  };
  for (const [promise, test] of Object.entries(promises)) {
    Deno.test({ ...needing(`${name} ${promise}`, missing), fn: () => withStore(test) });
  }
}

/** Asserts that a read fails with the problem of a damaged content. */
export async function assertDamaged(read: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(read, Problem, "do not fit its checksum");
  assert(error instanceof Problem && error.kind === "data");
}
