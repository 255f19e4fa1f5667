import { mean } from "../score.ts";

/** What a network said to the held-out images under several draws of a policy. */
export interface Views {
  /** Loss of each view: `[draws][images]`. */
  readonly losses: readonly Float32Array[];
  /** Probabilities of each view: `[draws][images * classes]`. */
  readonly probabilities: readonly Float32Array[];
  readonly classes: number;
}

/** The same images without a policy, drawn with the same base moves, and what they would cost by guessing. */
export interface Reference {
  readonly views: Views;
  /** Loss of each image when the answer is the frequency of each class: `[images]`. */
  readonly guess: Float32Array;
}

/** How well a policy's images fit what the network knows; all shares from 0 to 1 but `diversity`. */
export interface Match {
  /** Higher is better; at most 0. No policy has about -1. */
  readonly score: number;
  /** Share of what the network knows beyond guessing that is lost even in the easiest view that teaches something. */
  readonly lost: number;
  /** Share of views that teach nothing because the network's answer hardly moved; it counts through `lost`. */
  readonly trivial: number;
  /** Share of views that teach nothing because guessing would have done better. */
  readonly destroyed: number;
  /** Mean change of the network's probabilities between two draws. */
  readonly diversity: number;
}

/** Mean over images of the loss of the easiest view. */
export function easiestLoss({ losses }: Pick<Views, "losses">): number {
  const easiest = Array.from(losses[0]!, (_, image) => Math.min(...losses.map((draw) => draw[image]!)));
  return mean(easiest);
}

/** Mean absolute difference of the probabilities of one image in two passes. */
function shift(a: Float32Array, b: Float32Array, at: { image: number; classes: number }): number {
  let sum = 0;
  const start = at.image * at.classes;
  for (let i = start; i < start + at.classes; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / at.classes;
}

/** Mean change of an image's probabilities from one draw to the next: what turning and flipping do by themselves. */
export function drawDiversity({ losses, probabilities, classes }: Views): number {
  const shifts: number[] = [];
  for (let draw = 1; draw < losses.length; draw++) {
    for (let image = 0; image < losses[draw]!.length; image++) {
      shifts.push(shift(probabilities[draw]!, probabilities[draw - 1]!, { image, classes }));
    }
  }
  return shifts.length === 0 ? 0 : mean(shifts);
}

/** A change of the probabilities below this is none, where turning a picture changes nothing at all. */
const SMALLEST_SHIFT = 0.005;

/**
 * Scores a policy by density matching. The idea of Fast AutoAugment is that good augmentation gives images which a
 * network trained without it still recognises: the loss of the easiest of several draws, averaged over images. Left at
 * that, doing nothing wins. So a view must also teach something: one that moves the network's answer less than turning
 * the picture does is trivial to that degree, and its loss is raised towards that of guessing to the same degree. And
 * since the easiest draw says nothing of the others, views that the network would rather guess count against a policy.
 *
 * Source: Lim et al., "Fast AutoAugment", 2019, for the loss; the guard against trivial and destroyed views is our own.
 *
 * @example Doing nothing is worth no more than guessing
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

/** How little each view teaches: 1 where the answer did not move, 0 where it moved as by turning: `[draws][images]`. */
function idleness(views: Views, plain: Views): Float32Array[] {
  const natural = Math.max(SMALLEST_SHIFT, drawDiversity(plain));
  return views.probabilities.map((draw, index) =>
    views.losses[index]!.map((_, image) => {
      const moved = shift(draw, plain.probabilities[index]!, { image, classes: views.classes });
      return Math.max(0, 1 - moved / natural);
    })
  );
}

/** Losses in which an idle view costs what guessing does. */
function teachingLosses(views: Views, idle: readonly Float32Array[], guess: Float32Array): Float32Array[] {
  return views.losses.map((draw, index) =>
    draw.map((loss, image) => loss + idle[index]![image]! * Math.max(0, guess[image]! - loss))
  );
}

/** The share of views that cost more than guessing; an image the network does not know anyway is not counted. */
function destroyedShare(views: Views, { views: plain, guess }: Reference): number {
  const shares = views.losses.map((draw, index) => {
    const known = plain.losses[index]!;
    return mean([
      ...draw.map((loss, image) => loss > guess[image]! && known[image]! <= guess[image]! ? 1 : 0),
    ]);
  });
  return mean(shares);
}
