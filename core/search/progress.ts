import type { Output } from "../base/output.ts";
import { formatDuration } from "../base/duration.ts";

/** A clock in milliseconds; tests bring their own. */
export type Clock = () => number;

/** Counts the units of work of this run (epochs, candidates) and says how long the rest will take. */
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

  /** Adds work that is still to be done; work found done in the files of an earlier run is not planned. */
  plan(units: number): void {
    this.#planned += units;
  }

  /** Begins another kind of work, whose units take another time. */
  restart(units: number): void {
    this.#start = this.#now();
    this.#planned = units;
    this.#done = 0;
  }

  /** One unit is done. */
  tick(): void {
    this.#done += 1;
  }

  /** Seconds until the planned work is done at the pace so far, or null before the first unit. */
  secondsLeft(): number | null {
    if (this.#done === 0) return null;
    const seconds = (this.#now() - this.#start) / 1000;
    return Math.max(0, this.#planned - this.#done) * seconds / this.#done;
  }

  /** A line with the time left behind it. */
  report(text: string): void {
    const left = this.secondsLeft();
    this.#output.line(left === null || left === 0 ? text : `${text}, about ${formatDuration(left)} left`);
  }
}
