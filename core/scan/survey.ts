import { TRAIT_NOTES } from "./file_traits.ts";
import type { HashRecord } from "./record.ts";

/** A picture that is worth a look, and why. */
export interface Oddity {
  readonly file: string;
  readonly about: string;
}

/** Pictures that are worth a look. */
export interface Survey {
  /** Flat or nearly so: hashes say nothing about them. */
  readonly blank: readonly Oddity[];
  readonly dark: readonly Oddity[];
  /** Of another size than most. */
  readonly oddSized: readonly Oddity[];
  /** With more than four times the usual number of pixels. */
  readonly oversized: readonly Oddity[];
  /** With a hash bit that another machine may set otherwise. */
  readonly lowConfidence: readonly Oddity[];
  /** Of a kind that was not hashed as one may expect: 16-bit, animated, turned, ... */
  readonly unusual: readonly Oddity[];
}

/** Mean gray levels below this are dark. */
const DARK = 4;
/** Sizes are only odd where most pictures share one. */
const USUAL_SHARE = 0.5;

function sizeOf(record: HashRecord): string {
  return `${record.width} x ${record.height}`;
}

/** Width and height as one number: comparing numbers allocates nothing, text would. */
function sizeNumber({ width, height }: HashRecord): number {
  return width * 2 ** 26 + height;
}

/** A picture of the size that most have, or null where there is none. */
function findUsual(records: readonly HashRecord[]): HashRecord | null {
  const counts = new Map<number, { first: HashRecord; count: number }>();
  for (const record of records) {
    const own = counts.get(sizeNumber(record));
    if (own) own.count++;
    else counts.set(sizeNumber(record), { first: record, count: 1 });
  }
  const usual = [...counts.values()].find(({ count }) => count > USUAL_SHARE * records.length);
  return usual?.first ?? null;
}

function medianPixels(records: readonly HashRecord[]): number {
  const sorted = Float64Array.from(records, ({ width, height }) => width * height).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** Finds the pictures that are worth a look. */
export function surveyRecords(records: readonly HashRecord[]): Survey {
  const usual = findUsual(records), median = medianPixels(records);
  const list = (test: (record: HashRecord) => boolean, about: (record: HashRecord) => string): Oddity[] =>
    records.filter(test).map((record) => ({ file: record.file, about: about(record) }));
  return {
    blank: list((record) => record.flat, (record) => `gray level ${record.mean} all over`),
    dark: list((record) => !record.flat && record.mean < DARK, (record) => `mean gray level ${record.mean}`),
    oddSized: list(
      (record) => usual !== null && sizeNumber(record) !== sizeNumber(usual),
      (record) => `${sizeOf(record)}, most are ${sizeOf(usual!)}`,
    ),
    oversized: list((record) => record.width * record.height > 4 * median, sizeOf),
    lowConfidence: list(
      (record) => record.lowConfidence.length > 0,
      (record) => record.lowConfidence.join(", "),
    ),
    unusual: list(
      (record) => record.traits.length > 0,
      (record) => record.traits.map((trait) => TRAIT_NOTES[trait]).join("; "),
    ),
  };
}
