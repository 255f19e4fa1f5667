/** Measures how long a loop waits for its next item (data-loading time). */
export class WaitClock {
  #milliseconds = 0;
  readonly #now: () => number;

  /** @param now current time in milliseconds, from any origin */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Total waiting time in milliseconds. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /**
   * Wraps an iterable; time spent in the loop body is not counted.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * let time = 0;
   * async function* items() {
   *   for (const item of [1, 2]) {
   *     time += 5;
   *     yield item;
   *   }
   * }
   * const clock = new WaitClock(() => time);
   * for await (const _ of clock.watch(items())) time += 100;
   * assertEquals(clock.milliseconds, 10);
   * ```
   */
  async *watch<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    let start = this.#now();
    for await (const item of items) {
      this.#milliseconds += this.#now() - start;
      yield item;
      start = this.#now();
    }
    this.#milliseconds += this.#now() - start;
  }
}
