/** A function's value at a point, with its gradient there. */
export interface Valued {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Options of {@link minimizer}. */
export interface MinimizerOptions {
  /** A gradient times the inverse of a matrix that is about the Hessian, or bounds it from above; linear. */
  precondition(gradient: Float64Array): Float64Array;
  /** Ends when the gradient, times what the precondition makes of it, is at most this: about twice what is to be gained. */
  readonly tolerance: number;
}

/** Asks for the function's value at points, and returns where it is least. */
export type Minimizer = Generator<Float64Array, Float64Array, Valued>;

/** A step taken, and how the gradient changed over it. */
interface Change {
  readonly step: Float64Array;
  readonly slope: Float64Array;
  /** 1 over their product. */
  readonly inverse: number;
}

/** Steps that are remembered, and steps taken at most. */
const MEMORY = 10, ROUNDS = 1000;

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `a + scale * b`. */
function sum(a: Float64Array, scale: number, b: Float64Array): Float64Array {
  return a.map((value, i) => value + scale * b[i]!);
}

/** The two-loop recursion: a gradient times the inverse Hessian that the last changes and the precondition tell. */
function directionOf(
  gradient: Float64Array,
  { changes, scale, precondition }: { changes: readonly Change[]; scale: number } & MinimizerOptions,
): Float64Array {
  const shares: number[] = [];
  let rest: Float64Array = gradient;
  for (const { step, slope, inverse } of changes.toReversed()) {
    shares.push(inverse * product(step, rest));
    rest = sum(rest, -shares.at(-1)!, slope);
  }
  let direction: Float64Array = precondition(rest).map((value) => value * scale);
  for (const { step, slope, inverse } of changes) {
    direction = sum(direction, shares.pop()! - inverse * product(slope, direction), step);
  }
  return direction;
}

/** Halves a step down a direction until the value falls enough; null when no step does, at the end of precision. */
function* search(
  { point, now, direction }: { point: Float64Array; now: Valued; direction: Float64Array },
): Generator<Float64Array, { readonly point: Float64Array; readonly next: Valued } | null, Valued> {
  const fall = product(now.gradient, direction);
  for (let length = 1; length > 1e-6; length /= 2) {
    const to = sum(point, -length, direction), next = yield to;
    if (next.value <= now.value - 1e-4 * length * fall) return { point: to, next };
  }
  return null;
}

/**
 * Minimizes a smooth convex function by the limited-memory BFGS method. It asks for values instead of computing them, so
 * that those of several functions can be computed at once.
 *
 * Source: Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5.
 */
export function* minimizer(start: Float64Array, options: MinimizerOptions): Minimizer {
  let point = start, now: Valued = yield start, natural = options.precondition(now.gradient), scale = 1;
  const changes: Change[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (product(now.gradient, natural) <= options.tolerance) break;
    const direction = directionOf(now.gradient, { changes, scale, ...options });
    const found = yield* search({ point, now, direction });
    if (found === null) break;
    const step = sum(found.point, -1, point), slope = sum(found.next.gradient, -1, now.gradient);
    const next = options.precondition(found.next.gradient), along = product(step, slope);
    if (along > 0) {
      changes.push({ step, slope, inverse: 1 / along });
      scale = along / product(slope, sum(next, -1, natural));
    }
    if (changes.length > MEMORY) changes.shift();
    [point, now, natural] = [found.point, found.next, next];
  }
  return point;
}

/** Runs minimizers side by side; `valuesAt` computes the values that those still at work ask for at once. */
export function minimizeTogether(
  minimizers: readonly Minimizer[],
  valuesAt: (asked: readonly { readonly index: number; readonly point: Float64Array }[]) => readonly Valued[],
): Float64Array[] {
  const found: Float64Array[] = [];
  let asked = minimizers.map((minimizer, index) => ({ index, point: minimizer.next().value }));
  while (asked.length > 0) {
    const values = valuesAt(asked);
    asked = asked.flatMap(({ index }, place) => {
      const { done, value: point } = minimizers[index]!.next(values[place]!);
      if (!done) return [{ index, point }];
      found[index] = point;
      return [];
    });
  }
  return found;
}
