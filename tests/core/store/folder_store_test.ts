import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { listFiles } from "../../../core/base/files.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import { openStore } from "../../../core/store/open_store.ts";
import { inFolder } from "../../_in_folder.ts";
import { assertDamaged, listed, randomBytes, testStore } from "./_store_contract.ts";

testStore("a folder", (body) => inFolder(async (folder) => body(await openStore(join(folder, "store")))));

const RACE = fromFileUrl(new URL("./_race.ts", import.meta.url));

async function race(folder: string, { seed, rounds }: { seed: number; rounds: number }): Promise<number[]> {
  const args = ["run", "--no-check", "--allow-read", "--allow-write", RACE, folder, `${seed}`, `${rounds}`];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  assertEquals(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("of two processes that write the same keys of a folder, one wins each", () =>
  inFolder(async (folder) => {
    const rounds = 40, seeds = [1, 2];
    const won = await Promise.all(seeds.map((seed) => race(folder, { seed, rounds })));
    assertEquals(won.flat().sort((a, b) => a - b), Array.from({ length: rounds }, (_, i) => i));
    const store = await openStore(folder);
    for (const [i, seed] of seeds.entries()) {
      for (const round of won[i]!) {
        assertEquals(await store.read(`race/${round}`), randomBytes(seed, 300_000));
      }
    }
    assertEquals(await listFiles(join(folder, ".parts")), []);
  }));

Deno.test("a damaged file of a folder is refused, wherever the damage is", () =>
  inFolder(async (folder) => {
    const store = await openStore(folder), bytes = randomBytes(3, 1000), blob = `blobs/${sha256(bytes)}`;
    for (const key of [blob, "results/a"]) {
      await store.put(key, { bytes });
      const path = join(folder, key), whole = await Deno.readFile(path);
      for (const position of [0, 500, whole.length - 1]) {
        await Deno.writeFile(path, whole.map((byte, i) => i === position ? byte ^ 1 : byte));
        await assertDamaged(() => store.read(key));
        await assertDamaged(() => store.get(key, join(folder, "out")));
      }
      for (const length of [0, 20, 900, whole.length - 1]) {
        await Deno.writeFile(path, whole.subarray(0, length));
        await assertDamaged(() => store.read(key));
      }
      await Deno.writeFile(path, new Uint8Array([...whole, 0]));
      await assertDamaged(() => store.read(key));
    }
    assertEquals(await listFiles(folder), []);
  }));

Deno.test("what a machine that died left of a file is removed after a day and never listed", () =>
  inFolder(async (folder) => {
    await openStore(folder);
    const [old, young] = ["old", "young"].map((name) => join(folder, ".parts", name)) as [string, string];
    for (const path of [old, young]) await Deno.writeTextFile(path, "part");
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    await Deno.utime(old, twoDaysAgo, twoDaysAgo);
    const store = await openStore(folder);
    assertEquals([await listFiles(join(folder, ".parts")), await listed(store, "")], [["young"], []]);
  }));

Deno.test("text in a folder can be read by anyone: the content, then a line with its checksum", () =>
  inFolder(async (folder) => {
    const store = await openStore(folder);
    await store.put("results/a.json", { bytes: new TextEncoder().encode("{}") });
    const text = await Deno.readTextFile(join(folder, "results", "a.json"));
    assertEquals(text, `{}\nsha256 ${sha256("{}")}\n`);
  }));
