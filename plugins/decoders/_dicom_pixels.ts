import dicomParser, { type Element } from "dicom-parser";
import { type AnyPixels, askDecoder, dataProblem, type DecoderRequest, type Pixels } from "../../plugin.ts";
import { oneOf, PIXEL_DATA, type Slice } from "./_dicom_header.ts";
import { brightnessOf, type VoiWindow } from "./_voi.ts";

/** The bytes of uncompressed pixels; a data problem when the file has fewer than its header says. */
function plainBytes({ data, height, width, channels, bitsAllocated }: Slice, element: Element): Uint8Array {
  const wanted = height * width * channels * (bitsAllocated / 8);
  const { byteArray } = data, { dataOffset, length } = element;
  if (length < wanted || dataOffset + wanted > byteArray.length) {
    throw dataProblem(
      `it has ${Math.min(length, byteArray.length - dataOffset)} bytes of pixels, its header says ${wanted}`,
    );
  }
  return byteArray.subarray(dataOffset, dataOffset + wanted);
}

/** The JPEG file in which the pixels are. */
function innerFile({ data }: Slice, element: Element): Promise<Uint8Array> {
  const { length } = element.fragments!;
  return askDecoder(() =>
    dicomParser.readEncapsulatedPixelDataFromFragments(data, element, 0, length) as Uint8Array
  );
}

async function innerPixels(slice: Slice, element: Element, request: DecoderRequest): Promise<Pixels> {
  const pixels = await request.decodeInner(await innerFile(slice, element));
  const { height, width, channels } = pixels;
  if (height === slice.height && width === slice.width && channels === slice.channels) return pixels;
  throw dataProblem(
    `its JPEG is ${width} x ${height} x ${channels}, its header says ${slice.width} x ${slice.height} x ${slice.channels}`,
  );
}

/** Stored values as numbers: the bits stored of each, with their sign. */
function storedValues({ bitsAllocated, bitsStored, signed }: Slice, bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), step = bitsAllocated / 8;
  const unused = 32 - bitsStored, values = new Int32Array(bytes.length / step);
  for (let i = 0; i < values.length; i++) {
    const raw = (step === 1 ? bytes[i]! : view.getUint16(2 * i, true)) << unused;
    values[i] = signed ? raw >> unused : raw >>> unused;
  }
  return values;
}

/** A number of the header, or the fallback where there is none; a data problem when it is no number. */
function decimal(name: string, text: string, fallback: number): number {
  const value = text === "" ? fallback : Number(text);
  if (Number.isFinite(value)) return value;
  throw dataProblem(`its ${name} is no number: "${text}"`);
}

/** The file's first window; null when it has none. */
function windowOf({ texts: { windowCenter, windowWidth, voiFunction } }: Slice): VoiWindow | null {
  if (windowCenter === "" || windowWidth === "") return null;
  const kind = oneOf("VOI LUT function", voiFunction || "LINEAR", ["LINEAR", "LINEAR_EXACT", "SIGMOID"]);
  const center = decimal("window centre", windowCenter, 0), width = decimal("window width", windowWidth, 1);
  if (kind === "LINEAR" ? width < 1 : width <= 0) throw dataProblem(`its window width is ${width}`);
  return { center, width, kind: kind as VoiWindow["kind"] };
}

/** From the least value to the greatest, as a window. */
function wholeRange(values: Float64Array): VoiWindow {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // A flat slice is black.
  if (low === high) return { center: low + 0.5, width: 1, kind: "LINEAR_EXACT" };
  return { center: (low + high) / 2, width: high - low, kind: "LINEAR_EXACT" };
}

/** Gray as it is shown: rescaled, windowed, MONOCHROME1 with white for the least value. */
function shownGray(slice: Slice, stored: Int32Array, options: SliceOptions): AnyPixels {
  const { texts, height, width, inverted } = slice, { window, request: { depth } } = options;
  const slope = decimal("rescale slope", texts.slope, 1);
  const intercept = decimal("rescale intercept", texts.intercept, 0);
  const values = new Float64Array(stored.length);
  for (let i = 0; i < values.length; i++) values[i] = stored[i]! * slope + intercept;
  const own = window && { center: window[0], width: window[1], kind: "LINEAR" as const };
  const voi = own ?? windowOf(slice) ?? wholeRange(values);
  const white = depth === 16 ? 65535 : 255;
  const shown = depth === 16 ? new Uint16Array(values.length) : new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const level = Math.round(white * brightnessOf(values[i]!, voi));
    shown[i] = inverted ? white - level : level;
  }
  return { data: shown, height, width, channels: 1 } as AnyPixels;
}

/** Colours that stand plane after plane, pixel after pixel. */
function interleave({ height, width }: Slice, planes: Uint8Array): Uint8Array {
  const count = height * width, data = new Uint8Array(3 * count);
  for (let c = 0; c < 3; c++) for (let i = 0; i < count; i++) data[3 * i + c] = planes[c * count + i]!;
  return data;
}

/** How a slice becomes a picture. */
export interface SliceOptions {
  /** [centre, width] in place of the file's. */
  readonly window: readonly [number, number] | null;
  readonly request: DecoderRequest;
}

/**
 * The picture of a slice: gray as shown through its window, colour as stored.
 *
 * @throws a data problem with the reason
 */
export async function decodeSlice(slice: Slice, options: SliceOptions): Promise<AnyPixels> {
  const { data, compressed, height, width, channels } = slice;
  const element = data.elements[PIXEL_DATA];
  if (!element) throw dataProblem("it has no pixels");
  if (compressed !== (element.fragments !== undefined)) {
    throw dataProblem(
      `its pixels are ${compressed ? "not " : ""}in fragments, which its transfer syntax forbids`,
    );
  }
  const inner = compressed ? await innerPixels(slice, element, options.request) : null;
  const bytes = inner ? inner.data : plainBytes(slice, element);
  if (channels === 1) return shownGray(slice, storedValues(slice, bytes), options);
  return { data: slice.planar ? interleave(slice, bytes) : bytes.slice(), height, width, channels };
}
