/**
 * Gives a transfer up when nothing arrives for a while: a connection whose other end is gone says nothing, for ever.
 */
export class StallGuard {
  readonly #stalled = new AbortController();
  readonly #patience: number;
  #timer: ReturnType<typeof setTimeout>;
  /** Aborted when the transfer stalls or is to stop. */
  readonly signal: AbortSignal;

  /** @param patience milliseconds without a sign of life */
  constructor(patience: number, stop: AbortSignal | undefined) {
    this.#patience = patience;
    this.#timer = this.#start();
    const own = this.#stalled.signal;
    this.signal = stop === undefined ? own : AbortSignal.any([own, stop]);
  }

  #start(): ReturnType<typeof setTimeout> {
    const reason = new Error(`nothing arrived for ${this.#patience / 1000} s`);
    return setTimeout(() => this.#stalled.abort(reason), this.#patience);
  }

  /** Something arrived. */
  alive(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
