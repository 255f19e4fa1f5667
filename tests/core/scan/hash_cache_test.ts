import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { HashCache } from "../../../core/scan/hash_cache.ts";
import { scanImages } from "../../../core/scan/scan.ts";
import { encodePng } from "../../../core/image/encode.ts";
import type { ImageFiles } from "../../../core/base/example.ts";
import { copyScan, drawPicture, HASHES, writePictures } from "./_pictures.ts";

async function newFolder(numbers: readonly number[]) {
  const dir = await Deno.makeTempDir();
  return { dir, images: await writePictures(dir, numbers), path: join(dir, "cache.jsonl") };
}

async function scan({ dir, images, path }: { dir: string; images: ImageFiles[]; path: string }) {
  const cache = await HashCache.open(path);
  return copyScan(await scanImages(images, { dir, hashes: HASHES, channels: [null], cache }));
}

describe("the cache of hashes", () => {
  it("saves a second scan all decoding, broken files too", async () => {
    const folder = await newFolder([1, 2, 3]);
    await Deno.writeTextFile(folder.images[1]!.files[0]!, "no picture");
    const first = await scan(folder);
    const second = await scan(folder);
    assertEquals([first.decoded, second.decoded], [3, 0]);
    assertEquals(second, { ...first, decoded: 0 });
  });

  it("knows a file again that was renamed or touched, and sees one that changed", async () => {
    const folder = await newFolder([1, 2, 3]);
    const first = await scan(folder);
    const [a, b, c] = folder.images.map(({ files }) => files[0]!) as [string, string, string];
    await Deno.utime(a, 1, 1);
    await Deno.rename(b, join(folder.dir, "renamed.png"));
    await Deno.writeFile(c, await encodePng(drawPicture(7)));
    folder.images[1] = { id: "001", source: "train", files: [join(folder.dir, "renamed.png")] };
    const second = await scan(folder);
    assertEquals(second.decoded, 1);
    assertEquals(
      second.records.slice(0, 2).map(({ hashes }) => hashes),
      first.records.slice(0, 2).map(({ hashes }) => hashes),
    );
    assertNotEquals(second.records[2]!.hashes, first.records[2]!.hashes);
  });

  it("has a line for each of two files of the same bytes", async () => {
    const folder = await newFolder([1, 2]);
    await scan(folder);
    const copy = join(folder.dir, "002.png");
    await Deno.copyFile(folder.images[0]!.files[0]!, copy);
    folder.images.push({ id: "002", source: "train", files: [copy] });
    assertEquals((await scan(folder)).decoded, 0);
    const lines = (await Deno.readTextFile(folder.path)).trimEnd().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line)[0]).sort(), ["000.png", "001.png", "002.png"]);
  });

  it("keeps channels apart whose files have the same bytes", async () => {
    const { dir, images, path } = await newFolder([1, 2, 1, 1]);
    const files = images.map(({ files }) => files[0]!);
    const options = { dir, hashes: HASHES, channels: [0, 1, 2, 3] };
    const image: ImageFiles = { id: "a", source: "train", files };
    const fresh = copyScan(await scanImages([image], options));
    assertEquals(fresh.records.map(({ channel }) => channel), [0, 1, 2, 3]);
    for (const inFlight of [1, 4]) {
      const cache = await HashCache.open(path);
      assertEquals(
        copyScan(await scanImages([image], { ...options, cache, inFlight })).records,
        fresh.records,
      );
    }
  });

  it("passes over a line that a kill cut off", async () => {
    const folder = await newFolder([1, 2, 3]);
    await scan(folder);
    const text = await Deno.readTextFile(folder.path);
    await Deno.writeTextFile(folder.path, text.slice(0, -30));
    assertEquals((await scan(folder)).decoded, 1);
    assertEquals((await scan(folder)).decoded, 0);
    await Deno.writeTextFile(folder.path, "nonsense\n[1,2]\n");
    assertEquals((await scan(folder)).decoded, 3);
  });

  it("does not grow without end", async () => {
    const folder = await newFolder([1, 2]);
    for (let run = 0; run < 60; run++) {
      for (const { files } of folder.images) await Deno.utime(files[0]!, run, run);
      await scan(folder);
    }
    const lines = (await Deno.readTextFile(folder.path)).trimEnd().split("\n");
    assertEquals(lines.length < 75, true);
  });
});

const SCRIPT = `
import { HashCache } from "CORE/scan/hash_cache.ts";
import { scanImages } from "CORE/scan/scan.ts";
import { HASHES } from "TESTS/core/scan/_pictures.ts";
const [dir, path] = Deno.args;
const images = [...Deno.readDirSync(dir)].filter((entry) => entry.name.endsWith(".png")).map((entry) => (
  { id: entry.name, source: "train", files: [dir + "/" + entry.name] }
));
const cache = await HashCache.open(path);
await scanImages(images, { dir, hashes: HASHES, channels: [null], cache, inFlight: 1, onProgress: (done) => {
  if (done === 150) Deno.kill(Deno.pid, "SIGKILL");
} });
`;

Deno.test("a scan that is killed goes on where it stopped", async () => {
  const dir = await Deno.makeTempDir();
  const bytes = await Promise.all(
    [1, 2, 3, 4].map(async (number) => await encodePng(drawPicture(number, 16))),
  );
  for (let i = 0; i < 200; i++) {
    // Different files of few different pictures: text after the end of a PNG changes the file and not the picture.
    const tail = new TextEncoder().encode(`tail ${i}`);
    await Deno.writeFile(join(dir, `${i}.png`), new Uint8Array([...bytes[i % 4]!, ...tail]));
  }
  const root = join(import.meta.dirname!, "..", "..", "..");
  const script = join(dir, "script.ts");
  const url = (folder: string) => `file://${join(root, folder)}`;
  await Deno.writeTextFile(script, SCRIPT.replaceAll("CORE", url("core")).replaceAll("TESTS", url("tests")));
  const path = join(dir, "cache.jsonl");
  const args = ["run", "--no-check", "--allow-all", "--config", join(root, "deno.json"), script, dir, path];
  const { signal } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" })
    .output();
  assertEquals(signal, "SIGKILL");
  const names = Array.from({ length: 200 }, (_, i) => `${i}.png`);
  const images = names.map((name): ImageFiles => ({ id: name, source: "train", files: [join(dir, name)] }));
  const { decoded, records } = await scan({ dir, images, path });
  assertEquals(records.length, 200);
  assertEquals(decoded <= 200 - 128, true);
  assertEquals((await scan({ dir, images, path })).decoded, 0);
});
