import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { askDecoder } from "../../../core/image/ask_decoder.ts";

const ABOUT_THE_PICTURE = [
  "Input buffer contains unsupported image format",
  "Input buffer has corrupt header: VipsJpeg: premature end of JPEG image",
  "vipspng: libpng read error",
  "Decode image failed unexpected end of file",
  "Decode image failed Memory limit exceeded",
  "heif: Memory allocation error: Security limit exceeded",
];
const ABOUT_THE_MACHINE = [
  "vips_tracked: out of memory --- size == 92MB",
  "Array buffer allocation failed",
  "Cannot allocate memory (os error 12)",
  "Too many open files (os error 24)",
  "EMFILE: too many open files",
];

describe("what a decoder throws", () => {
  it("is a data problem when it is about the picture", async () => {
    for (const message of ABOUT_THE_PICTURE) {
      const error = await assertRejects(() => askDecoder(() => Promise.reject(new Error(message))), Problem);
      assertEquals([error.kind, error.message], ["data", "the file is cut off or damaged"]);
    }
    const large = () => askDecoder(() => Promise.reject(new Error("Input image exceeds pixel limit")));
    await assertRejects(large, Problem, "data.max_pixels");
  });

  it("is passed on when the machine is the reason", async () => {
    for (const message of ABOUT_THE_MACHINE) {
      const error = new RangeError(message);
      assert(error === await assertRejects(() => askDecoder(() => Promise.reject(error))));
    }
  });
});
