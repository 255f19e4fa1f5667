import { Random } from "../../../core/base/random.ts";
import { mutate } from "../_mutate.ts";
import { bmp, bytesOf, noise } from "./draw.ts";
import { fileOf, type HostileImage } from "./hostile_image.ts";

/** A format, a sound file of it, and where in that file sizes and lengths stand. */
interface Format {
  readonly ending: string;
  sound(width: number, height: number): Promise<Uint8Array>;
  /** Offsets of 32-bit fields: sizes of the picture, lengths of parts. */
  readonly fields: readonly number[];
  readonly little: boolean;
}

const FORMATS: Readonly<Record<string, Format>> = {
  png: {
    ending: ".png",
    sound: (w, h) => bytesOf(noise(w, h).png()),
    fields: [8, 16, 20, 33],
    little: false,
  },
  jpeg: {
    ending: ".jpg",
    sound: (w, h) => bytesOf(noise(w, h).jpeg()),
    fields: [4, 20, 163, 165],
    little: false,
  },
  webp: {
    ending: ".webp",
    sound: (w, h) => bytesOf(noise(w, h).webp()),
    fields: [4, 16, 23, 26],
    little: true,
  },
  gif: { ending: ".gif", sound: (w, h) => bytesOf(noise(w, h).gif()), fields: [6, 8, 10, 13], little: true },
  tiff: {
    ending: ".tif",
    sound: (w, h) => bytesOf(noise(w, h).tiff()),
    fields: [4, 8, 12, 16],
    little: true,
  },
  avif: {
    ending: ".avif",
    sound: (w, h) => bytesOf(noise(w, h).avif({ effort: 0 })),
    fields: [0, 16, 32, 36],
    little: false,
  },
  bmp: {
    ending: ".bmp",
    sound: (w, h) => Promise.resolve(bmp(w, h, 24)),
    fields: [2, 10, 14, 18, 22, 28],
    little: true,
  },
};

/** Sizes and lengths that a careless reader allocates, adds to, or takes for negative. */
const HUGE = [0, 0x7fffffff, 0x80000000, 0xffffffff, 60_000];
/** Files of each format that are cut, and damaged at random. */
const CUTS = 12, MUTATIONS = 14;
const SIDES = [[1, 1], [1, 300], [300, 1], [7, 5], [64, 64]] as const;

function soundKinds(name: string, { ending, sound }: Format): HostileImage[] {
  return SIDES.map(([width, height]) =>
    fileOf(`${name} of ${width} x ${height}`, ending, "picture", () => sound(width, height))
  );
}

function cutKinds(name: string, { ending, sound }: Format): HostileImage[] {
  return Array.from(
    { length: CUTS },
    (_, i) =>
      fileOf(`${name} cut at ${i} of ${CUTS}`, ending, i === 0 ? "refused" : "damaged", async () => {
        const bytes = await sound(40, 30);
        return bytes.subarray(0, Math.floor(bytes.length * i / CUTS));
      }),
  );
}

function mutatedKinds(name: string, { ending, sound }: Format, seed: number): HostileImage[] {
  return Array.from({ length: MUTATIONS }, (_, i) =>
    fileOf(
      `${name} damaged ${i}`,
      ending,
      "damaged",
      async () => mutate(await sound(40, 30), new Random(seed, name, i)),
    ));
}

function lyingKinds(name: string, { ending, sound, fields, little }: Format): HostileImage[] {
  return fields.flatMap((at) =>
    HUGE.map((value) =>
      fileOf(`${name} says ${value} at ${at}`, ending, "damaged", async () => {
        const bytes = await sound(40, 30);
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, little);
        return bytes;
      })
    )
  );
}

/** Sound and damaged files of all formats, damage drawn with a seed. */
export function formatKinds(seed: number): HostileImage[] {
  return Object.entries(FORMATS).flatMap(([name, format]) => [
    ...soundKinds(name, format),
    ...cutKinds(name, format),
    ...mutatedKinds(name, format, seed),
    ...lyingKinds(name, format),
    fileOf(
      `${name} named otherwise`,
      name === "png" ? ".jpg" : ".png",
      "picture",
      () => format.sound(40, 30),
    ),
  ]);
}
