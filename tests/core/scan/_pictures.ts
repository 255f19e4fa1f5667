import type { HashRecord, NamedHash } from "../../../core/scan/record.ts";
import type { Scan } from "../../../core/scan/scan.ts";
import { join } from "@std/path";
import { encodePng } from "../../../core/image/encode.ts";
import type { ImageFiles } from "../../../core/base/example.ts";
import type { Pixels } from "../../../core/base/pixels.ts";
import { Random } from "../../../core/base/random.ts";
import ahash from "../../../plugins/hashes/ahash.ts";
import phash from "../../../plugins/hashes/phash.ts";

/** The hashes that upstream uses. */
export const HASHES: readonly NamedHash[] = [
  { name: "ahash", hash: ahash.create({}, {}) },
  { name: "phash", hash: phash.create({}, {}) },
];

/** A gray picture of a few soft blobs, another one for each number. */
export function drawPicture(number: number, size = 48): Pixels {
  const random = new Random(number, "test picture");
  const blobs = Array.from({ length: 6 }, () => ({
    x: random.uniform(0, size),
    y: random.uniform(0, size),
    width: random.uniform(size / 12, size / 4),
    height: random.uniform(40, 230),
  }));
  const data = Uint8Array.from({ length: size * size }, (_, i) => {
    const x = i % size, y = Math.floor(i / size);
    const light = blobs.map((blob) =>
      blob.height * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / (2 * blob.width ** 2))
    );
    return Math.min(255, Math.round(10 + light.reduce((sum, value) => sum + value, 0)));
  });
  return { data, width: size, height: size, channels: 1 };
}

/** Writes PNG files `<number>.png` and lists them as pictures. */
export async function writePictures(dir: string, numbers: readonly number[]): Promise<ImageFiles[]> {
  const images: ImageFiles[] = [];
  for (const [place, number] of numbers.entries()) {
    const id = String(place).padStart(3, "0");
    const file = join(dir, `${id}.png`);
    await Deno.writeFile(file, await encodePng(drawPicture(number)));
    images.push({ id, source: "train", files: [file] });
  }
  return images;
}

const FIELDS: Readonly<Record<keyof HashRecord, true>> = {
  id: true,
  source: true,
  file: true,
  whole: true,
  channel: true,
  width: true,
  height: true,
  mean: true,
  flat: true,
  digest: true,
  hashes: true,
  traits: true,
  lowConfidence: true,
};

/** A record as an object of its own, without the table that it may be a view of. */
export function copyRecord(record: HashRecord): HashRecord {
  const fields = Object.keys(FIELDS) as (keyof HashRecord)[];
  return Object.fromEntries(fields.map((field) => [field, record[field]])) as unknown as HashRecord;
}

/** A scan whose records are objects of their own, so that two scans can be compared. */
export function copyScan(scan: Scan): Scan {
  return { ...scan, records: scan.records.map(copyRecord) };
}
