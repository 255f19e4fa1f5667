import type { Json } from "../../base/json.ts";
import type { Random } from "../../base/random.ts";
import { type Dimension, sampleDimension } from "../policy/operation_space.ts";

/**
 * Parzen (kernel density) estimate of one parameter from its values in some policies. A uniform component keeps every
 * value possible.
 */
export interface Density {
  draw(random: Random): Json;
  /** Density of a value, up to a factor that does not depend on the observations. */
  at(value: Json): number;
}

/** Kernel bandwidths as a share of the range: wide for few observations, bounded from below. */
const WIDEST = 0.3, NARROWEST = 0.05;

function rangeDensity(
  dimension: Extract<Dimension, { kind: "integer" | "real" }>,
  observed: readonly number[],
): Density {
  const { kind, low, high } = dimension;
  const span = high - low;
  const width = span * Math.max(NARROWEST, WIDEST * Math.max(1, observed.length) ** -0.2);
  const clip = (value: number) =>
    Math.min(high, Math.max(low, kind === "integer" ? Math.round(value) : value));
  return {
    draw(random) {
      const index = random.integer(0, observed.length);
      const centre = observed[index];
      return centre === undefined
        ? sampleDimension(dimension, random)
        : clip(centre + width * random.normal());
    },
    at(value) {
      if (span === 0) return 1;
      const kernels = observed.map((centre) =>
        Math.exp(-0.5 * ((Number(value) - centre) / width) ** 2) / (width * Math.sqrt(2 * Math.PI))
      );
      return (1 / span + kernels.reduce((sum, kernel) => sum + kernel, 0)) / (observed.length + 1);
    },
  };
}

function choiceDensity(values: readonly Json[], observed: readonly Json[]): Density {
  const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);
  const weight = (value: Json) => 1 / values.length + observed.filter((other) => same(other, value)).length;
  return {
    // The uniform component has the weight of one observation.
    draw: (random) =>
      random.choice(random.integer(0, observed.length) === observed.length ? values : observed),
    at: (value) => weight(value) / (observed.length + 1),
  };
}

/**
 * Estimates the density of one parameter from observations.
 *
 * Source: Bergstra et al., "Algorithms for hyper-parameter optimization" (TPE), 2011.
 */
export function settingDensity(dimension: Dimension, observed: readonly Json[]): Density {
  switch (dimension.kind) {
    case "fixed":
      return { draw: () => dimension.value, at: () => 1 };
    case "choice":
      return choiceDensity(dimension.values, observed);
    case "integer":
    case "real":
      return rangeDensity(dimension, observed.map(Number));
    case "pair": {
      const parts = dimension.parts.map((part, index) =>
        settingDensity(part, observed.map((pair) => (pair as readonly Json[])[index]!))
      );
      return {
        draw: (random) => parts.map((part) => part.draw(random)),
        at: (value) =>
          parts.reduce((product, part, i) => product * part.at((value as readonly Json[])[i]!), 1),
      };
    }
  }
}

/** Estimates the probability of each name from its frequency, with a uniform prior of one observation. */
export function nameDensity(names: readonly string[], observed: readonly string[]): Density {
  return choiceDensity(names, observed);
}
