import { extname } from "@std/path";
import sharp from "sharp";
import { dicomFile } from "./_dicom_file.ts";

/** Size of a picture. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** A gradient that depends on the name, so that no two pictures of a stub are alike. */
function paint(name: string, { width, height, channels }: PictureSize): Uint8Array {
  const seed = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 65_521, 7);
  return Uint8Array.from({ length: width * height * channels }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return (seed + x * (3 + seed % 5) + y * (2 + seed % 7) + channel * 60) % 256;
  });
}

/** The bytes of a picture in the format that its path's extension says: JPEG, PNG, TIFF or DICOM of 12 bits. */
export async function drawImage(path: string, size: PictureSize): Promise<Uint8Array> {
  const pixels = paint(path, size);
  if (extname(path) === ".dcm") return dicomFile(Uint16Array.from(pixels, (value) => value * 16), size);
  const space = size.channels === 1 ? "b-w" : "srgb";
  const picture = sharp(pixels, { raw: size }).toColourspace(space);
  const format = ({ ".jpg": "jpeg", ".png": "png", ".tif": "tiff" } as const)[extname(path)];
  if (format === undefined) throw new Error(`Cannot draw "${path}": .jpg, .png, .tif and .dcm are known`);
  return new Uint8Array(await picture.toFormat(format).toBuffer());
}
