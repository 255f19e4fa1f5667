import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { DeepPixels } from "../../../../core/base/pixels.ts";
import { sha256 } from "../../../../core/base/sha256.ts";
import { decodeImage } from "../../../../core/image/decode.ts";
import { boxBlur, meanOfTaps } from "../../../../core/image/filter.ts";
import { resize } from "../../../../core/image/resize.ts";
import { remapSeparable, rotationMatrix, warpAffine } from "../../../../core/image/warp/remap.ts";

interface Row {
  readonly shape: [number, number, number];
  readonly what: "resize" | "warpAffine" | "remap" | "blur" | "filter2D";
  readonly given: number[];
  readonly first: number[];
  readonly digest: string;
}

const golden: { files: FileRow[]; operations: Row[] } = JSON.parse(
  await Deno.readTextFile("tests/fixtures/deep/golden.json"),
);

interface FileRow extends Pick<Row, "shape" | "first" | "digest"> {
  readonly file: string;
}

function assertSamples(data: Uint16Array, row: Pick<Row, "first" | "digest">, name: string): void {
  assertEquals([...data.subarray(0, 8)], row.first, name);
  assertEquals(sha256(new Uint8Array(data.buffer)).slice(0, 16), row.digest, name);
}

/** The picture of tests/golden/deep_pixels.py. */
function picture([height, width, channels]: Row["shape"]): DeepPixels {
  let state = 1n;
  const data = Uint16Array.from({ length: height * width * channels }, () => {
    state = (state * 1103515245n + 12345n) % 2n ** 31n;
    return Number(state >> 15n);
  });
  return { data, height, width, channels };
}

function make({ shape, what, given: [a = 0, b = 0] }: Row): DeepPixels {
  const source = picture(shape), { height, width } = source;
  if (what === "resize") return resize(source, a, b);
  if (what === "warpAffine") {
    return warpAffine(source, rotationMatrix([width / 2, height / 2], { angle: a, scale: b }));
  }
  if (what === "blur") return boxBlur(source, a);
  if (what === "filter2D") {
    const taps = Array.from({ length: a }, (_, tap) => ({ x: (2 * tap) % 7 - 3, y: tap - 3 }));
    return meanOfTaps(source, taps, 3);
  }
  const axis = (length: number, factor: number, offset: number) =>
    Float32Array.from({ length }, (_, i) => Math.fround(i * Math.fround(factor)) + Math.fround(offset));
  return remapSeparable(source, { x: axis(width, 0.83, 1.21), y: axis(height, 1.1, -2.5) });
}

describe("16-bit pictures", () => {
  it("are read from PNG and TIFF with both bytes of every sample, or with the high one at a depth of 8", async () => {
    for (const row of golden.files) {
      const bytes = await Deno.readFile(`tests/fixtures/deep/${row.file}`);
      const { data, height, width, channels } = await decodeImage(bytes, { depth: 16 });
      assertEquals([height, width, channels], row.shape, row.file);
      assert(data instanceof Uint16Array);
      assertSamples(data, row, row.file);
      const cut = await decodeImage(bytes);
      assertEquals(cut.data, Uint8Array.from(data, (sample) => sample >> 8), row.file);
    }
  });

  for (const what of ["resize", "warpAffine", "remap", "blur", "filter2D"] as const) {
    it(`are changed by ${what} as by OpenCV on uint16, sample for sample`, () => {
      for (const row of golden.operations.filter((row) => row.what === what)) {
        const { data } = make(row), name = `${row.shape} to ${row.given}`;
        assertSamples(data, row, name);
      }
    });
  }
});
