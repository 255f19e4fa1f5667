import { type Orientation, UPRIGHT } from "./orient.ts";

/** The orientation that two moves in turn give. */
function followedBy(first: Orientation, then: Orientation): Orientation {
  // Rows become columns, so a transposition after flips swaps them.
  const [mirror, upsideDown] = then.transpose
    ? [first.upsideDown, first.mirror]
    : [first.mirror, first.upsideDown];
  return {
    transpose: first.transpose !== then.transpose,
    mirror: mirror !== then.mirror,
    upsideDown: upsideDown !== then.upsideDown,
  };
}

function isSame(a: Orientation, b: Orientation): boolean {
  return a.transpose === b.transpose && a.mirror === b.mirror && a.upsideDown === b.upsideDown;
}

/** Whether an orientation is among others. */
export function includesOrientation(among: readonly Orientation[], wanted: Orientation): boolean {
  return among.some((one) => isSame(one, wanted));
}

/** Orientations without repetitions. */
export function distinctOrientations(all: readonly Orientation[]): Orientation[] {
  return all.filter((one, index) => !includesOrientation(all.slice(0, index), one));
}

/**
 * The orientations in which pictures come out of several operations in turn.
 *
 * @param steps the orientations that each operation may give a picture
 *
 * @example A flip and a transposition give four orientations
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { UPRIGHT } from "./orient.ts";
 * const flip = [UPRIGHT, { ...UPRIGHT, mirror: true }], transpose = [UPRIGHT, { ...UPRIGHT, transpose: true }];
 * assertEquals(shownOrientations([flip, flip]), flip);
 * assertEquals(shownOrientations([flip, transpose]).length, 4);
 * ```
 */
export function shownOrientations(steps: readonly (readonly Orientation[])[]): Orientation[] {
  return steps.reduce<Orientation[]>(
    (before, step) =>
      distinctOrientations(before.flatMap((one) => step.map((then) => followedBy(one, then)))),
    [UPRIGHT],
  );
}
