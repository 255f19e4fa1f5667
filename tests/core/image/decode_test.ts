import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32, deflateSync } from "node:zlib";
import { fromFileUrl, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { decodeGray, decodeImage, readExamplePixels } from "../../../core/image/decode.ts";
import { encodeJpeg, encodePng } from "../../../core/image/encode.ts";
import { Problem } from "../../../core/base/problem.ts";
import { randomPixels } from "../data/_pictures.ts";
import { withReadFile } from "./_read_file.ts";
import { pixelDigest } from "./_golden.ts";

const FOLDER = fromFileUrl(new URL("../../fixtures/images", import.meta.url));
const digests: Record<string, { stored: string; gray: string }> = JSON.parse(
  await Deno.readTextFile(join(FOLDER, "digests.json")),
);

function readFixture(name: string): Promise<Uint8Array> {
  return Deno.readFile(join(FOLDER, name));
}

function pngChunk(type: string, data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array([...new TextEncoder().encode(type), ...data]);
  const chunk = new Uint8Array(8 + body.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return chunk;
}

describe("decodeImage", () => {
  it("gives the pixels that Pillow gives, of every kind of file", async () => {
    for (const [name, { stored, gray }] of Object.entries(digests)) {
      const bytes = await readFixture(name);
      assertEquals(await pixelDigest(await decodeImage(bytes)), stored, name);
      assertEquals(await pixelDigest(await decodeGray(bytes)), gray, `${name} as gray`);
    }
  });

  it("repeats gray and drops alpha for three channels", async () => {
    const gray = await decodeImage(await readFixture("gray.png"), { channels: 3 });
    assertEquals([gray.channels, gray.data[30], gray.data[31]], [3, gray.data[32], gray.data[32]]);
    const colour = await decodeImage(await readFixture("rgby.png"), { channels: 3 });
    assertEquals(await pixelDigest(colour), digests["colour.png"]!.stored);
    await assertRejects(
      async () => decodeImage(await readFixture("colour.png"), { channels: 4 }),
      Problem,
      "3 channels",
    );
  });

  it("explains what is no picture", async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>';
    for (const text of ["no picture", svg, "%PDF-1.4"]) {
      await assertRejects(() => decodeImage(new TextEncoder().encode(text)), Problem, "no PNG, JPEG");
    }
    await assertRejects(() => decodeImage(new Uint8Array()), Problem, "empty");
    for (const name of ["truncated.png", "truncated.jpg"]) {
      await assertRejects(async () => decodeImage(await readFixture(name)), Problem, "cut off");
    }
  });

  it("refuses pictures above the pixel limit", async () => {
    const bytes = await readFixture("rgby.png");
    await assertRejects(() => decodeImage(bytes, { maxPixels: 479 }), Problem, "data.max_pixels");
    assertEquals((await decodeImage(bytes, { maxPixels: 480 })).height, 24);
  });

  it("refuses sides above the limit, whatever the area, before a pixel is decoded", async () => {
    for (const colourType of [0, 3]) {
      // A header that promises 99,999,999 x 1 pixels, and a few bytes of them.
      const header = new Uint8Array(13);
      new DataView(header.buffer).setUint32(0, 99_999_999);
      new DataView(header.buffer).setUint32(4, 1);
      header.set([8, colourType, 0, 0, 0], 8);
      const palette = colourType === 3 ? pngChunk("PLTE", Uint8Array.of(0, 0, 0)) : new Uint8Array();
      const pixels = pngChunk("IDAT", new Uint8Array(deflateSync(new Uint8Array(1000))));
      const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
      const parts = [
        signature,
        pngChunk("IHDR", header),
        palette,
        pixels,
        pngChunk("IEND", new Uint8Array()),
      ];
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      const problem = await assertRejects(() => decodeImage(bytes), Problem);
      assert(/a side may have 65535|cut off or damaged/.test(problem.message), problem.message);
      if (colourType === 0) assert(problem.message.includes("99999999 x 1"), problem.message);
    }
  });
});

describe("readExamplePixels", () => {
  it("stacks gray files in channel order", async () => {
    const files = ["red", "green", "blue", "yellow"].map((name) => join(FOLDER, `${name}.png`));
    const pixels = await readExamplePixels({ id: "a", source: "train", files }, { channels: 4 });
    assertEquals(await pixelDigest(pixels), digests["rgby.png"]!.stored);
  });

  it("names what does not fit", async () => {
    const folder = await Deno.makeTempDir();
    const small = join(folder, "small.png");
    await Deno.writeFile(small, await encodePng(randomPixels(1, { height: 2, width: 2, channels: 1 })));
    const read = (names: string[]) =>
      readExamplePixels({ id: "a", source: "train", files: names.map((name) => join(FOLDER, name)) }, {
        channels: 2,
      });
    await assertRejects(() => read(["red.png", "gone.png"]), Problem, "gone.png");
    await assertRejects(() => read(["red.png", "truncated.png"]), Problem, "truncated.png");
    await assertRejects(() => read(["red.png", "red.png", "red.png"]), Problem, "3 files");
    const files = [join(FOLDER, "red.png"), small];
    await assertRejects(
      () => readExamplePixels({ id: "a", source: "train", files }, { channels: 2 }),
      Problem,
      "small.png",
    );
    await Deno.remove(folder, { recursive: true });
  });
});

describe("an error that is no fault of the picture", () => {
  const image = { id: "a", source: "train", files: [join(FOLDER, "red.png")] } as const;

  it("is thrown as what it is, with the file named", async () => {
    const used = new Error("Too many open files (os error 24)");
    await withReadFile(() => Promise.reject(used), async () => {
      const error = await assertRejects(() => readExamplePixels(image, { channels: 1 }), Error, "red.png");
      assert(error.cause === used && !(error instanceof Problem));
    });
    const bytes = await readFixture("gray16.png");
    const wrongLimit = () => decodeImage(bytes, { maxPixels: -1 });
    assert(!(await assertRejects(wrongLimit, Error, "limitInputPixels") instanceof Problem));
  });
});

describe("encodePng", () => {
  it("keeps every byte, the fourth channel's zeros too", async () => {
    for (const channels of [1, 3, 4]) {
      const pixels = randomPixels(channels, { height: 13, width: 9, channels });
      if (channels === 4) { for (let p = 3; p < 200; p += 4) pixels.data[p] = 0; }
      assertEquals(await decodeImage(await encodePng(pixels)), pixels);
    }
  });

  it("refuses other numbers of channels", async () => {
    const pixels = randomPixels(1, { height: 2, width: 2, channels: 2 });
    await assertRejects(() => encodePng(pixels), RangeError, "2 channels");
    await assertRejects(() => encodeJpeg(pixels, { quality: 90 }), RangeError, "2 channels");
  });
});
