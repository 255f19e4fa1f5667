import type { ClassSample } from "../class_sample.ts";
import type { Half, Mixture } from "./scoring.ts";

const BINS = 512;

/** The rows of a class sample that are in a half, and the sum of models there. */
interface Side extends ClassSample {
  /** Places in the sample. */
  readonly places: Uint32Array;
  /** One number per place. */
  readonly sum: Float32Array;
  readonly positives: number;
}

/** The places of a sample's rows that are in a half. */
function placesOf({ rows }: ClassSample, groups: ArrayLike<number>, { sides, side }: Half): Uint32Array {
  const places = new Uint32Array(rows.length);
  let count = 0;
  for (let place = 0; place < rows.length; place++) {
    if (sides[groups[rows[place]!]!] === side) places[count++] = place;
  }
  return places.subarray(0, count);
}

function sideOf(sample: ClassSample, places: Uint32Array): Side {
  let positives = 0;
  for (const place of places) positives += sample.labels[place]! * sample.weights[place]!;
  return { ...sample, places, sum: new Float32Array(places.length), positives };
}

/** Sum of models scored by macro F1 with the best threshold per class, from histograms over the root of the probability. */
export class F1Mixture implements Mixture {
  readonly #sides: readonly Side[];
  readonly #all = new Float64Array(BINS);
  readonly #labelled = new Float64Array(BINS);
  #total = 0;

  /**
   * @param samples those of the classes
   * @param groups the group of each row
   */
  constructor(samples: readonly ClassSample[], groups: ArrayLike<number>, half: Half) {
    this.#sides = samples.map((sample) => sideOf(sample, placesOf(sample, groups, half)))
      .filter(({ positives }) => positives > 0);
  }

  merit(): number {
    return this.#macro(null);
  }

  meritWith(model: number): number {
    return this.#macro(model);
  }

  add(model: number): void {
    this.#total += 1;
    for (const { sum, values, places } of this.#sides) {
      const column = values[model]!;
      for (let at = 0; at < sum.length; at++) sum[at]! += column[places[at]!]!;
    }
  }

  #macro(extra: number | null): number {
    let macro = 0;
    for (const side of this.#sides) {
      this.#count(side, extra === null ? null : side.values[extra]!);
      macro += this.#best(side.positives);
    }
    return macro / Math.max(1, this.#sides.length);
  }

  #count({ places, sum, labels, weights }: Side, extra: Float32Array | null): void {
    const all = this.#all.fill(0), labelled = this.#labelled.fill(0);
    const scale = 1 / (this.#total + (extra === null ? 0 : 1));
    for (let at = 0; at < sum.length; at++) {
      const place = places[at]!, value = scale * (sum[at]! + (extra === null ? 0 : extra[place]!));
      const bin = Math.min(BINS - 1, BINS * Math.sqrt(value)) | 0, weight = weights[place]!;
      all[bin]! += weight;
      labelled[bin]! += weight * labels[place]!;
    }
  }

  #best(positives: number): number {
    let best = 0, hits = 0, taken = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      hits += this.#labelled[bin]!;
      taken += this.#all[bin]!;
      const f1 = 2 * hits / (taken + positives);
      if (f1 > best) best = f1;
    }
    return best;
  }
}
