import { z } from "zod";
import { type Decoder, defineDecoder } from "../../plugin.ts";
import { openSlice } from "./_dicom_header.ts";
import { decodeSlice } from "./_dicom_pixels.ts";

const MAGIC = [0x44, 0x49, 0x43, 0x4d];

const window = z.tuple([z.number(), z.number().min(1)]).nullable().default(null).describe(
  "[centre, width] of the values that become black to white, in place of the file's first window; without either " +
    "the slice's least and greatest value",
);

/** Reads DICOM files of one slice. */
export default defineDecoder({
  name: "dicom",
  about: "DICOM slices, uncompressed or baseline JPEG: rescaled, windowed, MONOCHROME1 inverted",
  params: z.strictObject({ window }),
  extensions: [".dcm", ".dicom"],
  recognises: (bytes) => MAGIC.every((byte, i) => bytes[128 + i] === byte),
  create: ({ window }): Decoder => ({
    async decode(bytes, request) {
      const slice = await openSlice(bytes, { header: false });
      request.checkShape(slice);
      return await decodeSlice(slice, { window, request });
    },
    async shape(bytes) {
      const { height, width } = await openSlice(bytes, { header: true });
      return { height, width };
    },
  }),
});
