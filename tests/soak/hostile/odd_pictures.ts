import sharp, { type Sharp } from "sharp";
import { bmp, bytesOf, noise } from "./draw.ts";
import { fileOf, type HostileImage } from "./hostile_image.ts";

function odd(name: string, ending: string, image: () => Sharp): HostileImage {
  return fileOf(name, ending, "picture", () => bytesOf(image()));
}

function deep(channels: 3 | 4): Sharp {
  return noise(50, 40, channels).toColourspace("rgb16");
}

async function animated(format: "webp" | "gif"): Promise<Uint8Array> {
  const frames = await Promise.all([1, 2, 3].map((n) => bytesOf(noise(30, 20).linear(1 / n, 0).png())));
  return await bytesOf(sharp(frames, { join: { animated: true } })[format]());
}

/** A long text of EXIF. */
const TEXT = { IFD0: { ImageDescription: "x".repeat(60_000) } };

/** Forms that the formats allow and few files have. */
export const ODD_PICTURES: readonly HostileImage[] = [
  odd("png of 16 bits", ".png", () => deep(3).png()),
  odd("png of 16 bits with alpha", ".png", () => deep(4).png()),
  odd("png of 16-bit gray", ".png", () => noise(50, 40, 1).toColourspace("grey16").png()),
  odd("png with a palette", ".png", () => noise(50, 40).png({ palette: true })),
  odd("png of two colours", ".png", () => noise(50, 40, 1).png({ palette: true, colours: 2 })),
  odd("png of gray and alpha", ".png", () => noise(50, 40, 2).toColourspace("b-w").png()),
  odd("png with alpha", ".png", () => noise(50, 40, 4).png()),
  odd("png interlaced", ".png", () => noise(50, 40).png({ progressive: true })),
  odd("png with a profile", ".png", () => noise(50, 40).withIccProfile("p3").png()),
  odd("png with exif", ".png", () => noise(50, 40).withExif(TEXT).png()),
  odd("jpeg of gray", ".jpg", () => noise(50, 40, 1).toColourspace("b-w").jpeg()),
  odd("jpeg progressive", ".jpg", () => noise(50, 40).jpeg({ progressive: true })),
  odd("jpeg of cmyk", ".jpg", () => noise(50, 40).toColourspace("cmyk").jpeg()),
  odd("jpeg of full colour", ".jpg", () => noise(50, 40).jpeg({ chromaSubsampling: "4:4:4" })),
  odd("jpeg with a profile", ".jpg", () => noise(50, 40).withIccProfile("p3").jpeg()),
  odd("jpeg with exif", ".jpg", () => noise(50, 40).withExif(TEXT).jpeg()),
  ...[2, 3, 6, 8].map((orientation) =>
    odd(`jpeg turned ${orientation}`, ".jpg", () => noise(50, 40).withMetadata({ orientation }).jpeg())
  ),
  odd("webp lossless", ".webp", () => noise(50, 40).webp({ lossless: true })),
  odd("webp with alpha", ".webp", () => noise(50, 40, 4).webp()),
  fileOf("webp animated", ".webp", "picture", async () => await animated("webp")),
  fileOf("gif animated", ".gif", "picture", async () => await animated("gif")),
  odd("gif with alpha", ".gif", () => noise(50, 40, 4).gif()),
  odd("tiff of 16 bits", ".tif", () => deep(3).tiff()),
  odd("tiff of cmyk", ".tif", () => noise(50, 40).toColourspace("cmyk").tiff()),
  odd("tiff plain", ".tif", () => noise(50, 40).tiff({ compression: "none" })),
  odd("tiff with lzw", ".tif", () => noise(50, 40).tiff({ compression: "lzw", predictor: "horizontal" })),
  odd("tiff in tiles", ".tiff", () => noise(50, 40).tiff({ tile: true, tileWidth: 16, tileHeight: 16 })),
  odd("tiff of gray and alpha", ".tif", () => noise(50, 40, 2).toColourspace("b-w").tiff()),
  odd("avif with alpha", ".avif", () => noise(50, 40, 4).avif({ effort: 0 })),
  fileOf("bmp of gray", ".bmp", "picture", bmp(50, 40, 8)),
  fileOf("bmp of 32 bits", ".bmp", "picture", bmp(50, 40, 32)),
  odd("png of 4 megapixels", ".png", () => noise(2048, 2048).png({ compressionLevel: 1 })),
  odd("png of 4 megapixels with alpha", ".png", () => noise(2048, 2048, 4).png({ compressionLevel: 1 })),
  odd(
    "png of 4 megapixels interlaced",
    ".png",
    () => noise(2048, 2048).png({ progressive: true, compressionLevel: 1 }),
  ),
  odd("jpeg of 4 megapixels progressive", ".jpg", () => noise(2048, 2048).jpeg({ progressive: true })),
  odd(
    "jpeg of 4 megapixels of cmyk, progressive",
    ".jpg",
    () => noise(2048, 2048).toColourspace("cmyk").jpeg({ progressive: true }),
  ),
  odd("tiff of 4 megapixels", ".tif", () => noise(2048, 2048).tiff({ compression: "none" })),
  fileOf("bmp of 4 megapixels", ".bmp", "picture", () => bmp(2048, 2048, 24)),
];
