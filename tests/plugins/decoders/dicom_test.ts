import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Depth } from "../../../core/base/pixels.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeGray, decodeImage, type DecodeOptions } from "../../../core/image/decode.ts";
import type { ImageDecoder } from "../../../core/image/decoders/image_decoder.ts";
import { pictureShape } from "../../../core/image/shape.ts";
import { openDecoders } from "../../../core/plugin/open_decoders.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { mutate } from "../../soak/_mutate.ts";

interface GrayRow {
  readonly file: string;
  readonly window?: [number, number];
  readonly inverted: boolean;
  /** float64 as base64. */
  readonly brightness: string;
}

interface Golden {
  readonly height: number;
  readonly width: number;
  readonly gray: GrayRow[];
  readonly colour: { readonly file: string; readonly samples: string }[];
}

const FOLDER = "tests/fixtures/dicom";
const golden: Golden = JSON.parse(await Deno.readTextFile(`${FOLDER}/golden.json`));
const registry = await loadPlugins([], ["decoders"]);

function decodersWith(window: [number, number] | null): ImageDecoder[] {
  return openDecoders(registry, { dicom: { window } });
}

const decoders = decodersWith(null);

async function read(file: string, options: DecodeOptions = { decoders }) {
  return await decodeImage(await Deno.readFile(`${FOLDER}/${file}`), options);
}

describe("dicom", () => {
  for (const depth of [8, 16] as Depth[]) {
    it(`gives gray as pydicom rescales and windows it, at ${depth} bits`, async () => {
      const white = 2 ** depth - 1;
      for (const { file, window, inverted, brightness } of golden.gray) {
        const expected = new Float64Array(Uint8Array.fromBase64(brightness).buffer);
        const pixels = await read(file, { depth, decoders: decodersWith(window ?? null) });
        assertEquals([pixels.height, pixels.width, pixels.channels], [golden.height, golden.width, 1], file);
        assertEquals(pixels.data.BYTES_PER_ELEMENT, depth / 8);
        // Decoders of JPEG may differ by a level.
        const most = 0.5 + 1e-6 + (file === "baseline.dcm" ? white / 255 : 0);
        for (const [i, level] of pixels.data.entries()) {
          const value = white * (inverted ? 1 - expected[i]! : expected[i]!);
          assert(Math.abs(level - value) <= most, `${file} ${i}: ${level}, ${value}`);
        }
      }
    });
  }

  it("gives colours as stored, pixel by pixel or in planes", async () => {
    for (const { file, samples } of golden.colour) {
      const pixels = await read(file);
      assertEquals(pixels.channels, 3);
      assertEquals(new Uint8Array(pixels.data).toBase64(), samples, file);
      const deep = await read(file, { decoders, depth: 16 });
      assertEquals(deep.data, Uint16Array.from(pixels.data, (level) => 257 * level));
      assertEquals((await decodeGray(await Deno.readFile(`${FOLDER}/${file}`), { decoders })).channels, 1);
    }
  });

  it("tells the size by the header, of which the beginning is enough", async () => {
    const shape = { height: golden.height, width: golden.width };
    for (const { file } of golden.gray) {
      const bytes = await Deno.readFile(`${FOLDER}/${file}`);
      assertEquals(await pictureShape(bytes, decoders), shape, file);
      if (file !== "deflated.dcm") {
        assertEquals(await pictureShape(bytes.subarray(0, 1000), decoders), shape, file);
      }
    }
  });

  it("refuses what it does not read, and says why", async () => {
    const reasons = {
      "frames.dcm": "it has 2 frames",
      "jpeg_ls.dcm": "1.2.840.10008.1.2.4.80 (JPEG-LS lossless)",
      "jpeg_2000.dcm": "1.2.840.10008.1.2.4.90 (JPEG 2000 lossless)",
      "palette.dcm": 'photometric interpretation is "PALETTE COLOR"',
      "short.dcm": "it has 100 bytes of pixels, its header says 480",
    };
    for (const [file, reason] of Object.entries(reasons)) {
      const problem = await assertRejects(() => read(file), Problem, reason, file);
      assertEquals(problem.kind, "data", file);
    }
    await assertRejects(() => read("ct.dcm", { decoders, maxPixels: 479 }), Problem, "data.max_pixels");
    await assertRejects(() => read("ct.dcm", {}), Problem, "it is no PNG");
  });

  it("gives a picture or a data problem for files that are damaged in any way", async () => {
    const names = [...golden.gray, ...golden.colour].map(({ file }) => file);
    const random = new Random(8, "dicom");
    let refused = 0;
    for (const name of names) {
      const bytes = await Deno.readFile(`${FOLDER}/${name}`);
      for (let round = 0; round < 60; round++) {
        const damaged = mutate(bytes, random);
        try {
          const pixels = await decodeImage(damaged, { decoders, maxPixels: 10_000 });
          assert(pixels.height * pixels.width <= 10_000);
        } catch (error) {
          assert(error instanceof Problem && error.kind === "data", `${name} ${round}: ${error}`);
          refused++;
        }
      }
    }
    assert(refused > names.length);
  });
});
