import { logit, sigmoid } from "../logistic.ts";
import { fitPlatt } from "./platt.ts";
import type { Blend, EnsembleRule } from "./rules.ts";
import { areExclusive, columnOf, logitsOf, normaliseRows } from "../table.ts";
import { atTemperature, fitTemperature } from "./temperature.ts";
import type { Training } from "../training.ts";

/** Changes the probabilities of a blend. */
type Calibrator = (blend: Float32Array) => Float32Array;

const TINY = 1e-7;

/** What a temperature divides. */
function powersOf(blend: Float32Array, exclusive: boolean): Float32Array {
  return exclusive ? blend.map((value) => Math.log(Math.max(TINY, value))) : logitsOf(blend);
}

/** Rows that a temperature, a single number, is fitted to at most. */
const MOST_ROWS = 10_000;

/** At most so many of the kept rows, at even steps. */
function thin(kept: Uint8Array): Uint8Array {
  const step = Math.max(1, kept.reduce((sum, one) => sum + one, 0) / MOST_ROWS);
  let [seen, taken] = [0, 0];
  return kept.map((one) => {
    if (one === 0 || seen++ < taken * step) return 0;
    taken += 1;
    return 1;
  });
}

function temperatureFor({ table, kept }: Training, blend: Float32Array): Calibrator {
  const { classes, labels } = table, exclusive = areExclusive(table.target);
  const rows = { labels, classes, exclusive, kept: thin(kept) };
  const temperature = fitTemperature({ ...rows, logits: powersOf(blend, exclusive) });
  return (other) => atTemperature(powersOf(other, exclusive), { temperature, classes, exclusive });
}

function plattFor({ table, kept }: Training, blend: Float32Array): Calibrator {
  const { classes, rows } = table, places = [...kept.keys()].filter((row) => kept[row] === 1);
  const fits = Array.from({ length: classes }, (_, label) => {
    const [truth, values] = [columnOf(table.labels, rows, label), columnOf(blend, rows, label)];
    return fitPlatt({
      labels: Uint8Array.from(places, (row) => Number(truth[row]! >= 0.5)),
      probabilities: Float64Array.from(places, (row) => values[row]!),
    });
  });
  return (other) => {
    const made = new Float32Array(other.length), count = other.length / classes;
    for (const [label, { slope, offset }] of fits.entries()) {
      const [to, from] = [columnOf(made, count, label), columnOf(other, count, label)];
      for (let row = 0; row < count; row++) to[row] = sigmoid(slope * logit(from[row]!) + offset);
    }
    return areExclusive(table.target) ? normaliseRows(made, classes) : made;
  };
}

/** A rule whose blend is calibrated on the training rows: by one temperature, or by Platt scaling of each class. */
export function calibrated(rule: EnsembleRule, by: "temperature" | "platt"): EnsembleRule {
  return {
    name: `${rule.name}_${by}`,
    fitted: true,
    fit(training, scoring): Blend {
      const blend = rule.fit(training, scoring);
      const fit = by === "temperature" ? temperatureFor : plattFor;
      const calibrate = fit(training, blend(training.members));
      return (members) => calibrate(blend(members));
    },
  };
}
