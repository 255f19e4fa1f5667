/** Tells how long a loop stood still for its next item. */
export class WaitClock {
  #milliseconds = 0;
  readonly #now: () => number;

  /** @param now milliseconds since any beginning */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds waited so far. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /**
   * Passes items on; what the loop does with them is not counted.
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
