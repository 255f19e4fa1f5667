import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes, fail } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { HashCache } from "../../../core/scan/hash_cache.ts";
import { scanImages } from "../../../core/scan/scan.ts";
import { encodePng } from "../../../core/image/encode.ts";
import type { ImageFiles } from "../../../core/base/example.ts";
import { copyScan, drawPicture, HASHES, writePictures } from "./_pictures.ts";

const ROOT = join(import.meta.dirname!, "..", "..", "..");

interface Folder {
  readonly dir: string;
  readonly images: ImageFiles[];
  readonly path: string;
}

async function newFolder(numbers: readonly number[]): Promise<Folder> {
  const dir = await Deno.makeTempDir();
  return { dir, images: await writePictures(dir, numbers), path: join(dir, "cache.sqlite") };
}

async function scan({ dir, images, path }: Folder, warn: (text: string) => void = fail) {
  const cache = new HashCache(path, { key: "abc", warn });
  return copyScan(await scanImages(images, { dir, hashes: HASHES, channels: [null], cache }));
}

/** The files that a cache knows, and whether its pages fit together. */
function filesIn(path: string): string[] {
  const database = new DatabaseSync(path);
  assertEquals(database.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
  const files = database.prepare("SELECT file FROM files_abc ORDER BY file").all().map(({ file }) =>
    `${file}`
  );
  database.close();
  return files;
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

  it("knows each of two files of the same bytes", async () => {
    const folder = await newFolder([1, 2]);
    await scan(folder);
    const copy = join(folder.dir, "002.png");
    await Deno.copyFile(folder.images[0]!.files[0]!, copy);
    folder.images.push({ id: "002", source: "train", files: [copy] });
    assertEquals((await scan(folder)).decoded, 0);
    assertEquals(filesIn(folder.path), ["000.png", "001.png", "002.png"]);
  });

  it("keeps channels apart whose files have the same bytes", async () => {
    const { dir, images, path } = await newFolder([1, 2, 1, 1]);
    const files = images.map(({ files }) => files[0]!);
    const options = { dir, hashes: HASHES, channels: [0, 1, 2, 3] };
    const image: ImageFiles = { id: "a", source: "train", files };
    const fresh = copyScan(await scanImages([image], options));
    assertEquals(fresh.records.map(({ channel }) => channel), [0, 1, 2, 3]);
    for (const inFlight of [1, 4]) {
      const cache = new HashCache(path, { key: "abc", warn: fail });
      assertEquals(
        copyScan(await scanImages([image], { ...options, cache, inFlight })).records,
        fresh.records,
      );
    }
  });

  it("keeps what is known about other hashes and channels apart", async () => {
    const { dir, images, path } = await newFolder([1, 2]);
    const decoded = async (key: string) => {
      const cache = new HashCache(path, { key, warn: fail });
      return (await scanImages(images, { dir, hashes: HASHES, channels: [null], cache })).decoded;
    };
    assertEquals([await decoded("abc"), await decoded("def"), await decoded("abc")], [2, 2, 0]);
  });

  it("does not grow when files change", async () => {
    const folder = await newFolder([1, 2]);
    for (let run = 0; run < 20; run++) {
      for (const { files } of folder.images) await Deno.utime(files[0]!, run, run);
      await scan(folder);
    }
    assertEquals(filesIn(folder.path), ["000.png", "001.png"]);
  });

  it("keeps what was found out before an error ended the scan", async () => {
    const folder = await newFolder([1, 2, 3]);
    const { dir, images, path } = folder;
    const options = { dir, hashes: HASHES, channels: [null], inFlight: 1 };
    const stop = (done: number) => {
      if (done === 2) throw new Error("stopped");
    };
    const cache = new HashCache(path, { key: "abc", warn: fail });
    await assertRejects(() => scanImages(images, { ...options, cache, onProgress: stop }), Error, "stopped");
    assertEquals((await scan(folder)).decoded, 1);
  });
});

describe("a damaged cache", () => {
  const damages: Record<string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array> = {
    "that is no database": () => new TextEncoder().encode("nonsense ".repeat(1000)),
    "that is cut off": (bytes) => bytes.subarray(0, bytes.length - 5000),
    "with a page of zeros": (bytes) => bytes.fill(0, 4096, 8192),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`${what} is told, set aside and begun anew`, async () => {
      const folder = await newFolder([1, 2, 3]), warnings: string[] = [];
      const first = await scan(folder);
      const damaged = damage(await Deno.readFile(folder.path));
      await Deno.writeFile(folder.path, damaged);
      const second = await scan(folder, (text) => warnings.push(text));
      assertEquals(second, first);
      assertEquals(warnings.length, 1);
      assertStringIncludes(warnings[0]!, `"${folder.path}" is damaged`);
      assertEquals(await Deno.readFile(`${folder.path}.damaged`), damaged);
      assertEquals((await scan(folder)).decoded, 0);
    });
  }
});

/** Scans the folder of the first argument with the cache of the second; killed after so many files, if a third says so. */
const SCRIPT = `
import { HashCache } from "CORE/scan/hash_cache.ts";
import { scanImages } from "CORE/scan/scan.ts";
import { HASHES } from "TESTS/core/scan/_pictures.ts";
const [dir, path, last] = Deno.args;
const images = [...Deno.readDirSync(dir)].filter((entry) => entry.name.endsWith(".png")).map((entry) => (
  { id: entry.name, source: "train", files: [dir + "/" + entry.name] }
));
const cache = new HashCache(path, { key: "abc", warn: (text) => { throw new Error(text); } });
await scanImages(images, { dir, hashes: HASHES, channels: [null], cache, inFlight: 1, onProgress: (done) => {
  if (done === Number(last)) Deno.kill(Deno.pid, "SIGKILL");
} });
`;

const COUNT = 200;

/** Different files of few different pictures: text after the end of a PNG changes the file and not the picture. */
async function newTails(): Promise<Folder & { readonly script: string }> {
  const dir = await Deno.makeTempDir(), images: ImageFiles[] = [];
  const drawn = [1, 2, 3, 4].map((number) => encodePng(drawPicture(number, 16)));
  for (const [number, bytes] of (await Promise.all(drawn)).entries()) {
    for (let i = number; i < COUNT; i += drawn.length) {
      const file = join(dir, `${i}.png`);
      await Deno.writeFile(file, new Uint8Array([...bytes, ...new TextEncoder().encode(`tail ${i}`)]));
      images.push({ id: `${i}`, source: "train", files: [file] });
    }
  }
  const script = join(dir, "script.ts");
  const url = (folder: string) => `file://${join(ROOT, folder)}`;
  await Deno.writeTextFile(script, SCRIPT.replaceAll("CORE", url("core")).replaceAll("TESTS", url("tests")));
  return { dir, images, path: join(dir, "cache.sqlite"), script };
}

function run({ dir, path, script }: { dir: string; path: string; script: string }, ...more: string[]) {
  const config = ["--no-check", "--allow-all", "--config", join(ROOT, "deno.json")];
  const args = ["run", ...config, script, dir, path, ...more];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "inherit" }).output();
}

describe("scans in processes of their own", () => {
  it("go on where one was killed", async () => {
    const folder = await newTails();
    assertEquals((await run(folder, "150")).signal, "SIGKILL");
    assertEquals(filesIn(folder.path).length, 128);
    const { decoded, records } = await scan(folder);
    assertEquals([records.length, decoded], [COUNT, COUNT - 128]);
    assertEquals((await scan(folder)).decoded, 0);
  });

  it("share a cache while both write it", async () => {
    const folder = await newTails();
    const ends = await Promise.all([run(folder), run(folder), run(folder)]);
    assertEquals(ends.map(({ code }) => code), [0, 0, 0]);
    assertEquals(filesIn(folder.path).length, COUNT);
    assertEquals((await scan(folder)).decoded, 0);
  });
});
