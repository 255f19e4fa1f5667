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
  /** Share of what the network knows beyond guessing that is lost even in the easiest view of each image. */
  readonly lost: number;
  /** Share of views that teach nothing because the network's answer hardly moved. */
  readonly trivial: number;
  /** Share of views that teach nothing because guessing would have done better. */
  readonly destroyed: number;
  /** Mean change of the network's probabilities between two draws. */
  readonly diversity: number;
}

/** Mean over images of the loss of the easiest view. */
export function easiestLoss({ losses }: Views): number {
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
 * that, doing nothing wins. So every view must also teach something: one that moves the network's answer less than
 * turning the picture does is trivial to that degree, and one that the network would rather guess is destroyed.
 *
 * Source: Lim et al., "Fast AutoAugment", 2019, for the loss; the guard against trivial and destroyed views is our own.
 *
 * @example Doing nothing costs the whole guard
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const losses = [Float32Array.of(0.125), Float32Array.of(0.25)];
 * const probabilities = [Float32Array.of(0.75), Float32Array.of(0.5)];
 * const views = { losses, probabilities, classes: 1 };
 * const match = matchPolicy(views, { views, guess: Float32Array.of(0.5) });
 * assertEquals([match.lost, match.trivial, match.destroyed, match.score], [0, 1, 0, -1]);
 * ```
 */
export function matchPolicy(views: Views, reference: Reference): Match {
  const known = mean([...reference.guess]) - easiestLoss(reference.views);
  const harder = easiestLoss(views) - easiestLoss(reference.views);
  const lost = Math.min(1, Math.max(0, known > 0 ? harder / known : 1));
  const { trivial, destroyed } = countUseless(views, reference);
  return { score: -(lost + trivial + destroyed), lost, trivial, destroyed, diversity: drawDiversity(views) };
}

function countUseless(
  views: Views,
  { views: plain, guess }: Reference,
): { trivial: number; destroyed: number } {
  const natural = Math.max(SMALLEST_SHIFT, drawDiversity(plain));
  let trivial = 0, destroyed = 0, count = 0;
  for (const [draw, losses] of views.losses.entries()) {
    for (const [image, loss] of losses.entries()) {
      const at = { image, classes: views.classes };
      const moved = shift(views.probabilities[draw]!, plain.probabilities[draw]!, at);
      trivial += Math.max(0, 1 - moved / natural);
      // An image that the network does not know anyway cannot be destroyed.
      if (loss > guess[image]! && plain.losses[draw]![image]! <= guess[image]!) destroyed++;
      count++;
    }
  }
  return { trivial: trivial / count, destroyed: destroyed / count };
}
