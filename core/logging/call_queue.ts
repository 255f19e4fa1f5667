/** A call that may wait for others, such as a server; its signal is aborted when its time is over. */
export type QueuedCall = (signal: AbortSignal) => Promise<void> | void;

/** What a queue may take. */
export interface QueueBounds {
  /** Calls that wait; further ones are dropped. */
  readonly calls: number;
  /** Milliseconds for one call. */
  readonly callTime: number;
  /** Milliseconds that the end waits for all calls that are left. */
  readonly closeTime: number;
}

/** Bounds of a logger beside a training. */
export const LOGGER_BOUNDS: QueueBounds = { calls: 100, callTime: 10_000, closeTime: 5_000 };

/** Rejects when a signal is aborted. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

/**
 * Makes calls one after another beside other work, which never waits for them. A call that fails, takes too long or finds
 * the queue full is lost; nothing is thrown.
 */
export class CallQueue {
  readonly #bounds: QueueBounds;
  readonly #onLoss: (error: unknown) => void;
  readonly #closed = new AbortController();
  readonly #waiting: QueuedCall[] = [];
  #work: Promise<void> | null = null;
  #lost = 0;

  /** @param onLoss told the error of each lost call */
  constructor(bounds: QueueBounds, onLoss: (error: unknown) => void) {
    this.#bounds = bounds;
    this.#onLoss = onLoss;
  }

  /** Calls lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Makes a call when its turn comes. */
  add(call: QueuedCall): void {
    if (this.#waiting.length >= this.#bounds.calls) {
      return this.#lose(new Error(`${this.#bounds.calls} calls are waiting`));
    }
    this.#waiting.push(call);
    this.#work ??= this.#makeCalls();
  }

  /** Waits a bounded time for the calls that are left, and gives up what is not done by then. */
  async close(): Promise<void> {
    if (this.#work === null) return;
    const reason = new Error("the training has ended");
    const timer = setTimeout(() => this.#closed.abort(reason), this.#bounds.closeTime);
    await this.#work;
    clearTimeout(timer);
  }

  #lose(error: unknown): void {
    this.#lost++;
    this.#onLoss(error);
  }

  async #makeCalls(): Promise<void> {
    // The first call, too, begins only after `add` has returned.
    await Promise.resolve();
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      await this.#makeCall(call).catch((error) => this.#lose(error));
    }
    this.#work = null;
  }

  async #makeCall(call: QueuedCall): Promise<void> {
    this.#closed.signal.throwIfAborted();
    const late = new AbortController(), { callTime } = this.#bounds;
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${callTime / 1000} s`)), callTime);
    const signal = AbortSignal.any([late.signal, this.#closed.signal]);
    try {
      await Promise.race([whenAborted(signal), (async () => await call(signal))()]);
    } finally {
      clearTimeout(timer);
    }
  }
}
