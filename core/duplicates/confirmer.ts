import type { PairMemory } from "./pair_memory.ts";
import type { HashRecord } from "../scan/record.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { decodePlanes } from "../scan/hash_file.ts";
import { grayPicture } from "../hash/gray_picture.ts";
import { forEachInFlight } from "../base/in_flight.ts";
import { failedWhile } from "../base/problem.ts";
import { readFile } from "../base/read_file.ts";
import { faultOfFile } from "../base/system_error.ts";
import { type Confirmation, correlate, describeCells, type Structure } from "./tiers.ts";

/** Side of the reduced pictures that are correlated. */
const SIDE = 64;
/** Reduced pictures kept; 4 KB each. */
const KEPT = 20_000;

/** How pictures are compared. */
export interface ConfirmerOptions {
  /** Correlation from which two pictures have the same structure. */
  readonly minCorrelation: number;
  readonly maxPixels?: number;
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
  /** Correlations of earlier runs. */
  readonly memory: PairMemory;
}

/** Compares pictures; those looked at lately are kept at 64 x 64. */
export class Confirmer {
  readonly #kept = new Map<string, Structure | null>();

  constructor(readonly options: ConfirmerOptions) {}

  /** The reduced picture, or null when the file is gone or has become unreadable since the scan. */
  async structureOf(record: HashRecord): Promise<Structure | null> {
    const known = this.#kept.get(record.digest);
    if (known !== undefined) return known;
    const structure = await this.#decode(record);
    if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(record.digest, structure);
    return structure;
  }

  /** Reads pictures that are about to be compared, several at a time, as many as are kept. */
  async prefetch(records: readonly HashRecord[]): Promise<void> {
    const unknown = records.filter(({ digest }) => !this.options.memory.knows(digest));
    await forEachInFlight(unknown.slice(0, KEPT), 4, async (record) => {
      await this.structureOf(record);
    });
  }

  async #decode(record: HashRecord): Promise<Structure | null> {
    try {
      const job = { whole: record.whole, channels: [record.channel] };
      const [pixels] = await decodePlanes(await readFile(record.file, "image"), job, this.options);
      return describeCells(grayPicture(pixels!).resized(SIDE, SIDE));
    } catch (error) {
      if (faultOfFile(error) !== null) return null;
      throw failedWhile(`Cannot compare "${record.file}"`, error);
    }
  }

  async #correlationOf(a: HashRecord, b: HashRecord): Promise<number> {
    const { memory } = this.options;
    const known = memory.get(a.digest, b.digest);
    if (known !== undefined) return known;
    const [left, right] = [await this.structureOf(a), await this.structureOf(b)];
    if (!left || !right) return 0;
    const correlation = correlate(left, right);
    memory.put(a.digest, b.digest, correlation);
    return correlation;
  }

  /** How sure it is that two pictures are the same. */
  async confirm(a: HashRecord, b: HashRecord): Promise<Confirmation> {
    if (a.digest === b.digest) return { tier: "same_pixels", correlation: 1 };
    const correlation = await this.#correlationOf(a, b);
    return { tier: correlation >= this.options.minCorrelation ? "same_structure" : "hash_only", correlation };
  }
}
