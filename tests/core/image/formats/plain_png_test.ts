import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import sharp from "sharp";
import { decodePlainPng, plainPng } from "../../../../core/image/formats/plain_png.ts";
import { Random } from "../../../../core/base/random.ts";

const FOLDER = fromFileUrl(new URL("../../../fixtures/images", import.meta.url));

function readFixture(name: string): Promise<Uint8Array> {
  return Deno.readFile(join(FOLDER, name));
}

async function decodes(bytes: Uint8Array): Promise<Uint8Array | null> {
  const png = plainPng(bytes);
  if (!png) return null;
  return await decodePlainPng(bytes, png, true).then(({ data }) => data, () => null);
}

describe("plainPng", () => {
  it("takes 8-bit gray, colour and four channels, and leaves every other kind", async () => {
    const shapes = await Promise.all(
      [
        "gray.png",
        "colour.png",
        "rgby.png",
        "bits.png",
        "colour16.png",
        "gray16.png",
        "gray_alpha.png",
        "palette.png",
      ]
        .map(async (name) => plainPng(await readFixture(name))?.channels ?? null),
    );
    assertEquals(shapes, [1, 3, 4, null, null, null, null, null]);
  });

  it("leaves interlaced pictures and those with a transparent colour", async () => {
    const gray = await readFixture("gray.png");
    const interlaced = await sharp(gray).png({ progressive: true }).toBuffer();
    assertEquals(plainPng(interlaced), null);
    const chunk = [0, 0, 0, 2, ...new TextEncoder().encode("tRNS"), 0, 7, 0, 0, 0, 0];
    assertEquals(plainPng(Uint8Array.of(...gray.subarray(0, 33), ...chunk, ...gray.subarray(33))), null);
  });

  it("leaves a file that ends in its header", async () => {
    assertEquals(plainPng((await readFixture("gray.png")).subarray(0, 32)), null);
  });
});

describe("decodePlainPng", () => {
  it("gives the same bytes in this thread and in another", async () => {
    const bytes = await readFixture("rgby.png"), png = plainPng(bytes)!;
    const here = await decodePlainPng(bytes, png, true);
    assertEquals(here.data.length, png.height * png.width * 4);
    assertEquals(await decodePlainPng(bytes, png, false), here);
  });

  it("gives sharp's bytes with every row filter", async () => {
    for (const name of ["gray.png", "colour.png", "rgby.png"]) {
      const filtered = new Uint8Array(
        await sharp(await readFixture(name)).png({ adaptiveFiltering: true }).toBuffer(),
      );
      const raw = await sharp(filtered).raw().toBuffer();
      assertEquals(await decodes(filtered), new Uint8Array(raw), name);
    }
  });

  it("refuses damage, or gives what sharp gives", async () => {
    const random = new Random(1, "damage"), whole = await readFixture("rgby.png");
    let refused = 0;
    for (let round = 0; round < 200; round++) {
      const bytes = whole.slice(0, round % 2 ? whole.length : random.integer(33, whole.length));
      if (round % 2) bytes[random.integer(33, bytes.length)]! ^= 1 << random.integer(0, 8);
      const pixels = await decodes(bytes);
      if (pixels === null) refused++;
      else assertEquals(pixels, new Uint8Array(await sharp(bytes).raw().toBuffer()));
    }
    assertEquals(refused > 150, true, `${refused} of 200 refused`);
  });

  it("rejects a file that ends before its pixels", async () => {
    const bytes = (await readFixture("gray.png")).subarray(0, 40);
    await assertRejects(() => decodePlainPng(bytes, { height: 20, width: 24, channels: 1 }, true));
  });
});
