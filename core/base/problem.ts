import { levenshteinDistance } from "@std/text";

/** What went wrong, in the terms a script can act on: it decides the exit code. */
export type ProblemKind = "failed" | "config" | "data" | "interrupted";

/** The exit code of each kind of problem. */
export const EXIT_CODES: Readonly<Record<ProblemKind, number>> = {
  failed: 1,
  config: 2,
  data: 3,
  interrupted: 130,
};

/** Characters of a message: what no reader gets through, and what a damaged file may make of a text it holds, is cut. */
const LONGEST_MESSAGE = 3_900;

function shortened(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const left = message.length - LONGEST_MESSAGE;
  return `${message.slice(0, LONGEST_MESSAGE)} ... (${left} more characters)`;
}

/**
 * An error meant for the person at the terminal: no stack is shown, only the message and the next step.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const problem = new Problem("data", 'Cannot read "a.png": the file is empty', "Remove it");
 * assertEquals(problem.exitCode, 3);
 * ```
 */
export class Problem extends Error {
  override readonly name = "Problem";
  /** What kind of mistake it is. */
  readonly kind: ProblemKind;
  /** What to do about it, one sentence. */
  readonly next: string | undefined;

  constructor(kind: ProblemKind, message: string, next?: string) {
    super(shortened(message));
    this.kind = kind;
    this.next = next;
  }

  /** The exit code a task ends with: 1 failed, 2 flags or config, 3 data, 130 interrupted. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

/** Wrong flags or a wrong config: exit code 2. */
export function configProblem(message: string, next?: string): Problem {
  return new Problem("config", message, next);
}

/** Missing, broken or contradictory data: exit code 3. */
export function dataProblem(message: string, next?: string): Problem {
  return new Problem("data", message, next);
}

/** Whether an error says what is wrong with the data, so that work may go on without that piece of it. */
export function isDataProblem(error: unknown): error is Problem {
  return error instanceof Problem && error.kind === "data";
}

/**
 * An unexpected error with what was being done when it came up; the error itself is its cause.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const error = failedWhile('Cannot hash "a.png"', new TypeError("x is undefined"));
 * assertEquals(error.message, 'Cannot hash "a.png": x is undefined');
 * ```
 */
export function failedWhile(action: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`${action}: ${reason}`, { cause: error });
}

/** Longer texts are no mistyped names, and comparing them takes long. */
const LONGEST_NAME = 200;

/**
 * The known name nearest to a mistyped one, or undefined when nothing is near.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(nearestName("resnt34", ["resnet18", "resnet34"]), "resnet34");
 * assertEquals(nearestName("zzz", ["resnet18"]), undefined);
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const limit = Math.max(2, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = levenshteinDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** "did you mean ..." with the nearest name, then the list of what is allowed. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const list = known.length === 0 ? "none are known" : `known: ${[...known].sort().join(", ")}`;
  return nearest === undefined ? list : `did you mean "${nearest}"? ${list}`;
}

/** The end of an interrupted run: exit code 130, everything saved. */
export function interruptedProblem(path: string): Problem {
  return new Problem("interrupted", `Interrupted; saved to "${path}"`, "The same command goes on from there");
}
