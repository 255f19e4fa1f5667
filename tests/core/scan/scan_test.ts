import { assertEquals, assertRejects, assertStringIncludes, fail } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { HashCache, type KnownFiles } from "../../../core/scan/hash_cache.ts";
import type { NamedHash } from "../../../core/scan/record.ts";
import { scanImages } from "../../../core/scan/scan.ts";
import { surveyRecords } from "../../../core/scan/survey.ts";
import { encodePng } from "../../../core/image/encode.ts";
import type { ImageFiles } from "../../../core/base/example.ts";
import { goldenOf } from "../hash/_goldens.ts";
import { withReadFile } from "../image/_read_file.ts";
import { copyScan, drawPicture, HASHES, writePictures } from "./_pictures.ts";

function openCache(path: string): HashCache {
  return new HashCache(path, { key: "abc", warn: fail });
}

const GRAY = { hashes: HASHES, channels: [null] };

async function scanFiles(files: Readonly<Record<string, Uint8Array>>, maxPixels?: number) {
  const dir = await Deno.makeTempDir();
  const images: ImageFiles[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(dir, name);
    await Deno.writeFile(file, bytes);
    images.push({ id: name, source: "train", files: [file] });
  }
  return await scanImages(images, { dir, ...GRAY, ...(maxPixels === undefined ? {} : { maxPixels }) });
}

describe("a scan", () => {
  it("lists what cannot be read and goes on", async () => {
    const png = await encodePng(drawPicture(1));
    const jpeg = (await goldenOf("jpeg-444")).bytes;
    const { records, broken } = await scanFiles({
      "cut.png": png.subarray(0, png.length >> 1),
      "cut.jpg": jpeg.subarray(0, jpeg.length - 40),
      "empty.png": new Uint8Array(0),
      "good.png": png,
      "text.png": new TextEncoder().encode("hello"),
    });
    assertEquals(records.map(({ id }) => id), ["good.png"]);
    assertEquals(broken.map(({ id }) => id), ["cut.jpg", "cut.png", "empty.png", "text.png"]);
    assertStringIncludes(broken[0]!.reason, "cut off");
    assertStringIncludes(broken[1]!.reason, "cut off");
    assertStringIncludes(broken[2]!.reason, "empty");
    assertStringIncludes(broken[3]!.reason, "it is no PNG");
  });

  it("refuses pictures that are too large before it decodes them, and takes very wide ones", async () => {
    const wide = await encodePng({ data: new Uint8Array(60_000), width: 30_000, height: 2, channels: 1 });
    const large = await encodePng({ data: new Uint8Array(90_000), width: 300, height: 300, channels: 1 });
    const { records, broken } = await scanFiles({ "large.png": large, "wide.png": wide }, 60_000);
    assertEquals(records.map(({ id, width }) => [id, width]), [["wide.png", 30_000]]);
    assertEquals(broken.map(({ id }) => id), ["large.png"]);
    assertStringIncludes(broken[0]!.reason, "more pixels");
  });

  it("names files of unusual kinds and hashes them", async () => {
    const kinds = ["png-16bit", "jpeg-cmyk", "gif-animated", "jpeg-rotated", "png.P", "png.1"];
    const extensions = ["png", "jpg", "gif", "jpg", "png", "png"];
    const files: Record<string, Uint8Array> = { "wrong.png": (await goldenOf("gif")).bytes };
    for (const [place, kind] of kinds.entries()) {
      files[`${kind}.${extensions[place]}`] = (await goldenOf(kind)).bytes;
    }
    const { records, broken } = await scanFiles(files);
    assertEquals(broken, []);
    const traits = Object.fromEntries(records.map((record) => [record.id, record.traits.join()]));
    assertEquals(traits, {
      "gif-animated.gif": "animated",
      "jpeg-cmyk.jpg": "cmyk",
      "jpeg-rotated.jpg": "rotated",
      "png-16bit.png": "16-bit",
      "png.1.png": "",
      "png.P.png": "",
      "wrong.png": "mislabelled",
    });
    assertEquals(surveyRecords(records).unusual.length, 5);
  });

  it("marks flat, dark, odd-sized and oversized pictures", async () => {
    const even = (size: number, level: number) => ({
      data: new Uint8Array(size * size).fill(level),
      width: size,
      height: size,
      channels: 1,
    });
    const dark = drawPicture(3);
    const files: Record<string, Uint8Array> = {
      "blank.png": await encodePng(even(48, 7)),
      "dark.png": await encodePng({ ...dark, data: dark.data.map((value) => value >> 5) }),
      "odd.png": await encodePng(drawPicture(4, 200)),
    };
    for (let i = 0; i < 4; i++) files[`usual${i}.png`] = await encodePng(drawPicture(10 + i));
    const survey = surveyRecords((await scanFiles(files)).records);
    const names = (list: readonly { file: string }[]) => list.map(({ file }) => file.split("/").pop());
    assertEquals(names(survey.blank), ["blank.png"]);
    assertEquals(names(survey.dark), ["dark.png"]);
    assertEquals(names(survey.oddSized), ["odd.png"]);
    assertEquals(names(survey.oversized), ["odd.png"]);
  });

  it("does not depend on how many pictures are in flight", async () => {
    const dir = await Deno.makeTempDir();
    const images = await writePictures(dir, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const one = copyScan(await scanImages(images, { dir, ...GRAY, inFlight: 1 }));
    const many = copyScan(await scanImages([...images].reverse(), { dir, ...GRAY, inFlight: 8 }));
    assertEquals(many, one);
  });

  it("hashes each channel of a four-channel file and of four files alike", async () => {
    const dir = await Deno.makeTempDir();
    const planes = [1, 2, 3, 4].map((number) => drawPicture(number));
    const data = Uint8Array.from({ length: 4 * 48 * 48 }, (_, i) => planes[i % 4]!.data[i >> 2]!);
    const stacked = join(dir, "stacked.png");
    await Deno.writeFile(stacked, await encodePng({ data, width: 48, height: 48, channels: 4 }));
    const single = await writePictures(dir, [1, 2, 3, 4]);
    const images: ImageFiles[] = [
      { id: "a", source: "train", files: [stacked] },
      { id: "b", source: "train", files: single.map(({ files }) => files[0]!) },
    ];
    const { records } = await scanImages(images, { dir, hashes: HASHES, channels: [0, 1, 2, 3] });
    const said = (id: string) =>
      records.filter((record) => record.id === id).map(({ hashes, digest }) => [hashes, digest]);
    assertEquals(said("a"), said("b"));
    assertEquals(said("a").length, 4);
  });
});

/** A cache that runs something when a file is looked up. */
function meddling(inner: KnownFiles, meddle: (file: string) => void): KnownFiles {
  return {
    get(file, stat) {
      const entry = inner.get(file, stat);
      meddle(file);
      return entry;
    },
    getContent: (content) => inner.getContent(content),
    put: (entry) => inner.put(entry),
    close: () => inner.close(),
  };
}

/** A hash plugin with a mistake that only some pictures bring to light. */
function mistaken(mistake: { there: boolean }): NamedHash {
  const [ahash] = HASHES;
  return {
    name: "ahash",
    hash: {
      bits: ahash!.hash.bits,
      compute(picture) {
        if (mistake.there) throw new TypeError("x is undefined");
        return ahash!.hash.compute(picture);
      },
    },
  };
}

describe("an error that is no fault of the picture", () => {
  it("of a hash plugin ends the scan, names the file, and leaves nothing in the cache", async () => {
    const dir = await Deno.makeTempDir(), path = join(dir, "cache");
    const images = await writePictures(dir, [1, 2, 3]), mistake = { there: true };
    const options = { dir, hashes: [mistaken(mistake)], channels: [null], inFlight: 1 };
    const scan = async () => await scanImages(images, { ...options, cache: openCache(path) });
    const error = await assertRejects(scan, Error, `Cannot hash "${join(dir, "000.png")}": x is undefined`);
    assertEquals(error.cause instanceof TypeError, true);
    mistake.there = false;
    const { records, broken } = await scan();
    assertEquals([records.length, broken], [3, []]);
  });

  it("of the machine ends the scan, and no further file is begun", async () => {
    const dir = await Deno.makeTempDir();
    const images = await writePictures(dir, [1, 2, 3, 4, 5, 6]);
    let begun = 0;
    await withReadFile(() => {
      begun++;
      return Promise.reject(new Error("Too many open files (os error 24)"));
    }, async () => {
      await assertRejects(
        () => scanImages(images, { dir, ...GRAY, inFlight: 2 }),
        Error,
        "Too many open files",
      );
    });
    assertEquals(begun, 2);
  });
});

describe("what is no regular file", () => {
  it("is listed with the reason: a pipe, a device, links in a circle", async () => {
    const dir = await Deno.makeTempDir();
    const images = await writePictures(dir, [1, 2, 3, 4]);
    const [pipe, device, loop] = images.map(({ files }) => files[0]!);
    for (const path of [pipe!, device!, loop!]) await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [pipe!] }).output();
    await Deno.symlink("/dev/zero", device!);
    await Deno.symlink(loop!, loop!);
    const { records, broken } = await scanImages(images, { dir, ...GRAY });
    assertEquals(records.map(({ id }) => id), ["003"]);
    assertEquals(broken.map(({ id, reason }) => [id, reason]), [
      ["000", `Cannot read "${pipe}": it is no regular file`],
      ["001", `Cannot read "${device}": it is no regular file`],
      ["002", "its symbolic links lead in a circle"],
    ]);
  });
});

describe("a folder that changes while it is scanned", () => {
  it("gives what was read; what changed meanwhile is not kept, what vanished is listed", async () => {
    const dir = await Deno.makeTempDir();
    const images = await writePictures(dir, [1, 2, 3]);
    const path = join(dir, "cache.sqlite");
    const other = await encodePng(drawPicture(9));
    const cache = meddling(openCache(path), (file) => {
      if (file === "001.png") Deno.removeSync(join(dir, "001.png"));
      if (file === "002.png") Deno.writeFileSync(join(dir, "002.png"), other);
    });
    const { broken } = await scanImages(images, { dir, ...GRAY, cache, inFlight: 1 });
    assertEquals(broken.map(({ id, reason }) => [id, reason]), [["001", "there is no such file"]]);
    const again = await scanImages(images.toSpliced(1, 1), {
      dir,
      ...GRAY,
      cache: openCache(path),
    });
    const fresh = await scanImages(images.toSpliced(1, 1), { dir, ...GRAY });
    assertEquals(copyScan(again).records, copyScan(fresh).records);
  });
});
