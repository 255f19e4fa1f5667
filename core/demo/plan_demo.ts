import type { Source } from "../base/example.ts";
import { configProblem } from "../base/problem.ts";
import type { Random } from "../base/random.ts";

/** How a planted copy differs from its original. */
export type Change = "none" | "reencoded" | "brighter" | "darker" | "scaled";

/** An image of the demo before it is drawn. */
export interface Sketch {
  readonly id: string;
  readonly source: Source;
  /** Path relative to the data folder. */
  readonly path: string;
  /** Class indices in the label file (for test images: the ground truth). */
  labels: readonly number[];
  /** Class indices that the image shows. */
  shown: readonly number[];
}

/** An original image and a copy made from it. */
export interface Copy {
  readonly original: Sketch;
  readonly copy: Sketch;
  readonly change: Change;
}

/** The planted duplicates, leaks and broken files of a demo. */
export interface Plan {
  readonly sketches: readonly Sketch[];
  readonly exactDuplicates: readonly Copy[];
  readonly nearDuplicates: readonly Copy[];
  /** Exact duplicates with conflicting labels. */
  readonly conflicts: readonly Copy[];
  readonly exactLeaks: readonly Copy[];
  readonly nearLeaks: readonly Copy[];
  readonly flat: Sketch;
  readonly truncated: Sketch;
  readonly text: Sketch;
}

/** Options of {@link planDemo}. */
export interface PlanOptions {
  readonly random: Random;
  /** Samples new labels; null when labels follow from the Id, so that copies must have equal labels. */
  readonly drawLabels: ((random: Random) => number[]) | null;
}

const NEAR_CHANGES: readonly Change[] = ["reencoded", "brighter", "darker", "scaled"];

function sameLabels(a: Sketch, b: Sketch): boolean {
  return a.labels.join(" ") === b.labels.join(" ");
}

function tooFew(): never {
  throw configProblem(
    "Cannot plant duplicates and leaks in so few pictures",
    "Make at least 40 labelled pictures and 10 test pictures",
  );
}

/** Draws images from a shuffled pile without replacement, so that none has two roles. */
class Pile {
  readonly #left: Sketch[];

  constructor(sketches: readonly Sketch[], random: Random) {
    this.#left = random.shuffle(sketches);
  }

  take(): Sketch {
    const [taken] = this.#left.splice(0, 1);
    return taken ?? tooFew();
  }

  /** Takes the first matching pair. */
  takePair(fits: (a: Sketch, b: Sketch) => boolean): [Sketch, Sketch] {
    for (const [index, first] of this.#left.entries()) {
      const second = this.#left.find((other, place) => place > index && fits(first, other));
      if (!second) continue;
      this.#left.splice(this.#left.indexOf(second), 1);
      this.#left.splice(index, 1);
      return [first, second];
    }
    return tooFew();
  }
}

function plantDuplicate(pile: Pile, change: Change, options: PlanOptions): Copy {
  const free = options.drawLabels !== null;
  const [original, copy] = pile.takePair((a, b) => free || sameLabels(a, b));
  copy.labels = original.labels;
  return { original, copy, change };
}

function otherLabels(sketch: Sketch, options: PlanOptions): readonly number[] {
  let labels = sketch.shown;
  while (labels.some((label) => sketch.shown.includes(label))) labels = options.drawLabels!(options.random);
  return labels;
}

function plantConflict(pile: Pile, options: PlanOptions): Copy {
  const free = options.drawLabels !== null;
  const [original, copy] = pile.takePair((a, b) => free || !sameLabels(a, b));
  if (free) copy.labels = otherLabels(original, options);
  return { original, copy, change: "none" };
}

/**
 * Gives a leaked image labels that do not match its content (if labels are free), so that only the leak reveals them.
 */
function plantLeak(piles: { labelled: Pile; test: Pile }, change: Change, options: PlanOptions): Copy {
  const [original, copy] = [piles.labelled.take(), piles.test.take()];
  if (options.drawLabels !== null) original.labels = otherLabels(original, options);
  copy.labels = original.labels;
  return { original, copy, change };
}

/** A share of `count`, at least two. */
function some(count: number, share: number): number {
  return Math.max(2, Math.round(count * share));
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/**
 * Chooses which images become copies of others and which are broken. No image has two roles.
 *
 * @throws a config problem when there are too few images
 */
export function planDemo(sketches: readonly Sketch[], options: PlanOptions): Plan {
  const { random } = options;
  const [train, labelledAll, test] = [
    sketches.filter((sketch) => sketch.source === "train"),
    sketches.filter((sketch) => sketch.source !== "test"),
    sketches.filter((sketch) => sketch.source === "test"),
  ];
  const broken = new Pile(train, random);
  const [flat, truncated, text] = [broken.take(), broken.take(), broken.take()];
  const labelled = new Pile(
    labelledAll.filter((sketch) => ![flat, truncated, text].includes(sketch)),
    random,
  );
  const piles = { labelled, test: new Pile(test, random) };
  const nearChange = (index: number) => NEAR_CHANGES[index % NEAR_CHANGES.length]!;
  const plan = {
    sketches,
    exactDuplicates: times(some(labelledAll.length, 0.02), () => plantDuplicate(labelled, "none", options)),
    nearDuplicates: times(
      NEAR_CHANGES.length,
      (index) => plantDuplicate(labelled, nearChange(index), options),
    ),
    conflicts: times(2, () => plantConflict(labelled, options)),
    exactLeaks: times(some(test.length, 0.05), () => plantLeak(piles, "none", options)),
    nearLeaks: times(3, (index) => plantLeak(piles, nearChange(index), options)),
    flat,
    truncated,
    text,
  };
  for (const { original, copy } of allCopies(plan)) copy.shown = original.shown;
  return plan;
}

/** All planted copies of a plan. */
export function allCopies(plan: Omit<Plan, "sketches">): Copy[] {
  return [
    ...plan.exactDuplicates,
    ...plan.nearDuplicates,
    ...plan.conflicts,
    ...plan.exactLeaks,
    ...plan.nearLeaks,
  ];
}
