import { sigmoid } from "../../core/ensemble/logistic.ts";
import { Random } from "../../core/base/random.ts";
import { LABELS, makeLabelSets } from "./label_sets.ts";

const FOLDS = 5;
/** Share of the noise that pictures of a group have in common. */
const ALIKE = 0.8;

/** Predictions of several models for some pictures; matrices are `[rows, classes]`. */
export interface SimulatedRows {
  readonly labels: Uint8Array;
  readonly members: readonly Float64Array[];
  readonly groups: Int32Array;
  /** Pictures of a group in one fold, rare labels spread evenly. */
  readonly folds: Int32Array;
}

/** Several models on one competition. */
export interface SimulatedEnsemble {
  readonly classes: number;
  readonly labelled: SimulatedRows;
  readonly unseen: SimulatedRows;
}

/** How one model scores the pictures. */
interface SimulatedModel {
  /** Distance between the scores of pictures with and without each class, in standard deviations. */
  readonly gaps: readonly number[];
  /** Log odds are `scale * (score - shift)`: too sure or too timid, too generous or too sparing. */
  readonly scale: number;
  readonly shift: number;
}

/** What a competition's models have in common. */
interface World {
  readonly models: readonly SimulatedModel[];
  /** Correlation of the models' noise. */
  readonly correlation: number;
  /** Share of pictures without a class that every model takes for it. */
  readonly confused: number;
}

function drawWorld(random: Random, count: number): World {
  const quality = random.uniform(2, 4);
  const gaps = Array.from({ length: LABELS }, () => quality + random.uniform(-0.7, 0.7));
  const spread = random.uniform(0, 0.6), shift = random.uniform(-0.3, 1.2);
  const models = Array.from({ length: count }, () => {
    const skill = random.uniform(-spread, spread);
    return {
      gaps: gaps.map((gap) => Math.max(0.5, gap + skill + 0.3 * random.normal())),
      scale: random.uniform(0.7, 1.4),
      shift: quality / 2 + shift + random.uniform(-0.4, 0.4),
    };
  });
  return { models, correlation: random.uniform(0.3, 0.9), confused: random.choice([0, 0.003, 0.01]) };
}

/** Normally distributed numbers, two of two random words: a competition takes millions. */
function drawNormals(count: number, random: Random): Float64Array {
  const normals = new Float64Array(count + 1);
  for (let at = 0; at < count; at += 2) {
    const radius = Math.sqrt(-2 * Math.log((random.word() + 1) / 2 ** 32)),
      angle = 2 * Math.PI * random.word() / 2 ** 32;
    normals[at] = radius * Math.cos(angle);
    normals[at + 1] = radius * Math.sin(angle);
  }
  return normals.subarray(0, count);
}

/** Noise of each row, most of it the same for the rows of a group, which follow each other. */
function drawNoise(groups: Int32Array, random: Random): Float64Array {
  const noise = drawNormals(groups.length, random), [common, own] = [Math.sqrt(ALIKE), Math.sqrt(1 - ALIKE)];
  for (let start = 0; start < noise.length;) {
    let end = start + 1;
    while (groups[end] === groups[start]) end++;
    const shared = noise[start]!;
    for (let row = start + 1; row < end; row++) noise[row] = common * shared + own * noise[row]!;
    start = end;
  }
  return noise;
}

/** Deals groups to folds, those with the same rarest label in turn. */
function dealFolds(rows: readonly (readonly number[])[], groups: Int32Array, random: Random): Int32Array {
  const counts = new Float64Array(LABELS);
  for (const labels of rows) for (const label of labels) counts[label]! += 1;
  const rarest = rows.map((labels) => [...labels].sort((a, b) => counts[a]! - counts[b]!)[0]!);
  const next = Array.from({ length: LABELS }, () => random.integer(0, FOLDS - 1)),
    foldOf = new Map<number, number>();
  return groups.map((group, row) => {
    if (!foldOf.has(group)) foldOf.set(group, next[rarest[row]!]!++ % FOLDS);
    return foldOf.get(group)!;
  });
}

function drawRows(
  count: number,
  { models, correlation, confused }: World,
  { seed, part }: { readonly seed: number; readonly part: string },
): SimulatedRows {
  const { rows, units } = makeLabelSets(count, FOLDS, { seed: new Random(seed, part).word() });
  const groups = Int32Array.from(units.flatMap(({ ids }, unit) => ids.map(() => unit)));
  const labels = new Uint8Array(count * LABELS);
  for (const [row, own] of rows.entries()) for (const label of own) labels[row * LABELS + label] = 1;
  const members = models.map(() => new Float64Array(labels.length));
  const [common, own] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
  for (let label = 0; label < LABELS; label++) {
    const taken = new Random(seed, part, "taken", label);
    const high = Uint8Array.from(
      rows,
      (_, row) => labels[row * LABELS + label]! | Number(taken.next() < confused),
    );
    const shared = drawNoise(groups, new Random(seed, part, "shared", label));
    for (const [model, { gaps, scale, shift }] of models.entries()) {
      const noise = drawNoise(groups, new Random(seed, part, model, label));
      for (let row = 0; row < count; row++) {
        const score = high[row]! * gaps[label]! + common * shared[row]! + own * noise[row]!;
        members[model]![row * LABELS + label] = sigmoid(scale * (score - shift));
      }
    }
  }
  return { labels, members, groups, folds: dealFolds(rows, groups, new Random(seed, part, "folds")) };
}

/**
 * A competition drawn from a seed: classes as common as in the Human Protein Atlas challenge, some pictures in groups that
 * look alike, and models that agree more or less, differ in skill from class to class, and are calibrated or not.
 */
export function drawEnsemble(
  seed: number,
  { models, labelled, unseen }: {
    readonly models: number;
    readonly labelled: number;
    readonly unseen: number;
  },
): SimulatedEnsemble {
  const world = drawWorld(new Random(seed, "ensemble"), models);
  return {
    classes: LABELS,
    labelled: drawRows(labelled, world, { seed, part: "labelled" }),
    unseen: drawRows(unseen, world, { seed, part: "unseen" }),
  };
}
