import { mean } from "../statistics.ts";

/** A network's losses and predictions on the held-out images under several random draws of a policy. */
export interface Views {
  /** Loss of each view: `[draws][images]`. */
  readonly losses: readonly Float32Array[];
  /** Probabilities of each view: `[draws][images * classes]`. */
  readonly probabilities: readonly Float32Array[];
  readonly classes: number;
}

/** The same images without a policy (base augmentation only), and the loss of guessing. */
export interface Reference {
  readonly views: Views;
  /** Loss of each image when predicting the class frequencies: `[images]`. */
  readonly guess: Float32Array;
}

/** How well a network recognises a policy's images; all shares from 0 to 1 but `diversity`. */
export interface Match {
  /** Higher is better; at most 0. No policy scores about -1. */
  readonly score: number;
  /** Share of the network's advantage over guessing that is lost even in the easiest non-trivial view. */
  readonly lost: number;
  /** Share of trivial views, which hardly change the prediction; included in `lost`. */
  readonly trivial: number;
  /** Share of destroyed views, with a higher loss than guessing. */
  readonly destroyed: number;
  /** Mean absolute change of the probabilities between two draws. */
  readonly diversity: number;
}

/** Mean over images of the lowest loss over the draws. */
export function easiestLoss({ losses }: Pick<Views, "losses">): number {
  const easiest = Array.from(losses[0]!, (_, image) => Math.min(...losses.map((draw) => draw[image]!)));
  return mean(easiest);
}

/** Mean absolute difference of one image's probabilities between two passes. */
function shift(a: Float32Array, b: Float32Array, at: { image: number; classes: number }): number {
  let sum = 0;
  const start = at.image * at.classes;
  for (let i = start; i < start + at.classes; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / at.classes;
}

/** Mean absolute change of the probabilities from one draw to the next, for example by flips and rotations. */
export function drawDiversity({ losses, probabilities, classes }: Views): number {
  const shifts: number[] = [];
  for (let draw = 1; draw < losses.length; draw++) {
    for (let image = 0; image < losses[draw]!.length; image++) {
      shifts.push(shift(probabilities[draw]!, probabilities[draw - 1]!, { image, classes }));
    }
  }
  return shifts.length === 0 ? 0 : mean(shifts);
}

/** Lower bound of the probability change that counts as non-trivial, for networks invariant to flips and rotations. */
const SMALLEST_SHIFT = 0.005;

/**
 * Scores a policy by density matching. In Fast AutoAugment a good policy produces images that a network trained without
 * it still recognises: the score is the lowest loss over several draws, averaged over images. With this alone the empty
 * policy wins. Therefore a view that changes the prediction less than flips and rotations do counts as trivial, and its
 * loss is raised towards the loss of guessing in proportion. And since the lowest loss ignores all other draws, views
 * with a higher loss than guessing (destroyed images) are subtracted from the score.
 *
 * Source: Lim et al., "Fast AutoAugment", 2019; the penalties for trivial and destroyed views are our own.
 *
 * @example The empty policy scores no better than guessing
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const losses = [Float32Array.of(0.125), Float32Array.of(0.25)];
 * const probabilities = [Float32Array.of(0.75), Float32Array.of(0.5)];
 * const views = { losses, probabilities, classes: 1 };
 * const match = matchPolicy(views, { views, guess: Float32Array.of(0.5) });
 * assertEquals([match.lost, match.trivial, match.destroyed, match.score], [1, 1, 0, -1]);
 * ```
 */
export function matchPolicy(views: Views, reference: Reference): Match {
  const idle = idleness(views, reference.views);
  const known = mean([...reference.guess]) - easiestLoss(reference.views);
  const harder = easiestLoss({ losses: teachingLosses(views, idle, reference.guess) }) -
    easiestLoss(reference.views);
  const lost = Math.min(1, Math.max(0, known > 0 ? harder / known : 1));
  const destroyed = destroyedShare(views, reference);
  const trivial = mean(idle.map((draw) => mean([...draw])));
  return { score: -(lost + destroyed), lost, trivial, destroyed, diversity: drawDiversity(views) };
}

/**
 * Triviality of each view: 1 when the prediction did not change, 0 when it changed as much as by flips and rotations:
 * `[draws][images]`.
 */
function idleness(views: Views, plain: Views): Float32Array[] {
  const natural = Math.max(SMALLEST_SHIFT, drawDiversity(plain));
  return views.probabilities.map((draw, index) =>
    views.losses[index]!.map((_, image) => {
      const moved = shift(draw, plain.probabilities[index]!, { image, classes: views.classes });
      return Math.max(0, 1 - moved / natural);
    })
  );
}

/** Losses in which a trivial view has the loss of guessing. */
function teachingLosses(views: Views, idle: readonly Float32Array[], guess: Float32Array): Float32Array[] {
  return views.losses.map((draw, index) =>
    draw.map((loss, image) => loss + idle[index]![image]! * Math.max(0, guess[image]! - loss))
  );
}

/** Share of views with a higher loss than guessing; images that are that hard without a policy are not counted. */
function destroyedShare(views: Views, { views: plain, guess }: Reference): number {
  const shares = views.losses.map((draw, index) => {
    const known = plain.losses[index]!;
    return mean([
      ...draw.map((loss, image) => loss > guess[image]! && known[image]! <= guess[image]! ? 1 : 0),
    ]);
  });
  return mean(shares);
}
