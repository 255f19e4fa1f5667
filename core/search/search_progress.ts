import type { Output } from "../base/output.ts";
import { formatDuration } from "../base/duration.ts";

/** A clock in milliseconds, replaceable in tests. */
export type Clock = () => number;

/** Counts finished units of work (epochs, candidates) and estimates the remaining time. */
export class SearchProgress {
  readonly #output: Output;
  readonly #now: Clock;
  #start: number;
  #planned = 0;
  #done = 0;

  constructor(output: Output, now: Clock = () => performance.now()) {
    this.#output = output;
    this.#now = now;
    this.#start = now();
  }

  /** Adds units of remaining work; do not add work that an earlier run finished. */
  plan(units: number): void {
    this.#planned += units;
  }

  /** Starts a new phase whose units take a different time. */
  restart(units: number): void {
    this.#start = this.#now();
    this.#planned = units;
    this.#done = 0;
  }

  /** Marks one unit as finished. */
  tick(): void {
    this.#done += 1;
  }

  /** Estimated seconds until all planned work is finished; null before the first unit. */
  secondsLeft(): number | null {
    if (this.#done === 0) return null;
    const seconds = (this.#now() - this.#start) / 1000;
    return Math.max(0, this.#planned - this.#done) * seconds / this.#done;
  }

  /** Prints a line followed by the remaining time. */
  report(text: string): void {
    const left = this.secondsLeft();
    this.#output.line(left === null || left === 0 ? text : `${text}, about ${formatDuration(left)} left`);
  }
}
