import { inflateRawSync } from "node:zlib";
import dicomParser, { type DataSet } from "dicom-parser";
import { askDecoder, dataProblem, Problem } from "../../plugin.ts";

/** Transfer syntaxes whose pixels stand in the file as they are, all of them little endian. */
const PLAIN = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"];
const BASELINE_JPEG = "1.2.840.10008.1.2.4.50";

/** Names of transfer syntaxes that are not read, for messages. */
const OTHERS: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.2.2": "big endian",
  "1.2.840.10008.1.2.4.51": "JPEG extended",
  "1.2.840.10008.1.2.4.57": "JPEG lossless",
  "1.2.840.10008.1.2.4.70": "JPEG lossless, first order",
  "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
  "1.2.840.10008.1.2.4.81": "JPEG-LS near lossless",
  "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
  "1.2.840.10008.1.2.4.91": "JPEG 2000",
  "1.2.840.10008.1.2.5": "RLE",
};

/** Most bytes that a deflated file may become. */
const MOST_INFLATED = 2 ** 28;

/** The element that holds the pixels. */
export const PIXEL_DATA = "x7fe00010";

/** Elements that say how values are shown; of several values the first counts. */
const TEXTS = {
  slope: "x00281053",
  intercept: "x00281052",
  windowCenter: "x00281050",
  windowWidth: "x00281051",
  voiFunction: "x00281056",
} as const;

/** A DICOM file of one slice, its header looked over. */
export interface Slice {
  readonly data: DataSet;
  /** Whether the pixels are a JPEG file. */
  readonly compressed: boolean;
  readonly height: number;
  readonly width: number;
  /** Samples of a pixel: 1 or 3. */
  readonly channels: number;
  /** MONOCHROME1: the least value is white. */
  readonly inverted: boolean;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Colours stand plane after plane. */
  readonly planar: boolean;
  /** Numbers and words of the header as they are written, empty where there are none. */
  readonly texts: Readonly<Record<keyof typeof TEXTS, string>>;
}

/** The file with what is deflated behind its first header as it was before. */
function inflated(file: Uint8Array, position: number): Uint8Array {
  const rest = inflateRawSync(file.subarray(position), { maxOutputLength: MOST_INFLATED });
  const whole = new Uint8Array(position + rest.length);
  whole.set(file.subarray(0, position));
  whole.set(rest, position);
  return whole;
}

/** A whole number of the header; a data problem where it is none of those that are read. */
export function oneOf<Value extends number | string>(
  name: string,
  found: Value | undefined,
  allowed: readonly Value[],
): Value {
  if (found !== undefined && allowed.includes(found)) return found;
  throw dataProblem(
    `its ${name} is ${found === undefined ? "missing" : JSON.stringify(found)}; ${
      allowed.join(", ")
    } are read`,
  );
}

function sideOf(data: DataSet, tag: string, name: string): number {
  const side = data.uint16(tag);
  if (side !== undefined && side > 0) return side;
  throw dataProblem(`its number of ${name} is ${side ?? "missing"}`);
}

function checkSyntax(syntax: string): void {
  if (PLAIN.includes(syntax) || syntax === BASELINE_JPEG) return;
  const name = OTHERS[syntax] ?? "unknown";
  throw dataProblem(
    `its transfer syntax is ${syntax} (${name}); uncompressed little endian and baseline JPEG are read: ` +
      "convert the files, as with `gdcmconv --raw`",
  );
}

function checkFrames(data: DataSet): void {
  const frames = data.intString("x00280008") ?? 1;
  if (frames <= 1) return;
  throw dataProblem(
    `it has ${frames} frames; files of one slice are read: write each frame to a file of its own`,
  );
}

function photometricOf(data: DataSet, channels: number, syntax: string): string {
  const ofJpeg = ["RGB", "YBR_FULL", "YBR_FULL_422"];
  const colour = syntax === BASELINE_JPEG ? ofJpeg : ["RGB"];
  const kinds = channels === 1 ? ["MONOCHROME1", "MONOCHROME2"] : colour;
  return oneOf("photometric interpretation", data.string("x00280004"), kinds);
}

/** Bits of a stored value and of the space that it takes. */
function bitsOf(
  data: DataSet,
  channels: number,
  syntax: string,
): Pick<Slice, "bitsAllocated" | "bitsStored"> {
  const plainGray = channels === 1 && syntax !== BASELINE_JPEG;
  const allowed = plainGray ? [8, 16] : [8];
  const bitsAllocated = oneOf("number of bits allocated", data.uint16("x00280100"), allowed);
  const bitsStored = data.uint16("x00280101") ?? bitsAllocated;
  if (bitsStored >= 1 && bitsStored <= bitsAllocated) return { bitsAllocated, bitsStored };
  throw dataProblem(`it stores ${bitsStored} of ${bitsAllocated} bits`);
}

function textsOf(data: DataSet): Slice["texts"] {
  const texts = Object.entries(TEXTS).map(([name, tag]) => [name, data.string(tag, 0) ?? ""]);
  return Object.fromEntries(texts) as Slice["texts"];
}

function readHeader(data: DataSet): Slice {
  const syntax = data.string("x00020010") ?? PLAIN[0]!;
  checkSyntax(syntax);
  checkFrames(data);
  if (data.elements["x00283000"]) {
    throw dataProblem("its values go through a modality lookup table, which is not read");
  }
  const channels = oneOf("number of samples a pixel", data.uint16("x00280002") ?? 1, [1, 3]);
  return {
    data,
    compressed: syntax === BASELINE_JPEG,
    height: sideOf(data, "x00280010", "rows"),
    width: sideOf(data, "x00280011", "columns"),
    channels,
    inverted: photometricOf(data, channels, syntax) === "MONOCHROME1",
    ...bitsOf(data, channels, syntax),
    signed: data.uint16("x00280103") === 1,
    planar: syntax !== BASELINE_JPEG && data.uint16("x00280006") === 1,
    texts: textsOf(data),
  };
}

/**
 * Parses a file and looks its header over.
 *
 * @param options.header whether the header alone is wanted, of which the bytes may be the beginning
 * @throws a data problem with the reason
 */
export async function openSlice(bytes: Uint8Array, options: { readonly header: boolean }): Promise<Slice> {
  const until = options.header ? { untilTag: PIXEL_DATA } : {};
  // What is refused here keeps its reason; what the parser throws is about the file.
  const slice = await askDecoder(() => {
    const data = dicomParser.parseDicom(bytes, { ...until, inflater: inflated });
    try {
      return readHeader(data);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  });
  if (slice instanceof Problem) throw slice;
  return slice;
}
