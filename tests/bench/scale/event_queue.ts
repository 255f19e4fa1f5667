/** A process of a simulation: it yields the time, in seconds, at which it goes on; Infinity until somebody wakes it. */
export type Process = Generator<number, void, void>;

interface Event {
  readonly time: number;
  /** Of events at the same time, the one that was added first comes first. */
  readonly order: number;
  readonly process: Process;
}

function isBefore(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** A discrete-event simulation: whose turn is earliest goes on, until nobody has one. */
export class EventQueue {
  /** A binary heap: no event is before its parent, that at half its place. */
  readonly #heap: Event[] = [];
  #order = 0;
  /** Seconds since the start. */
  now = 0;

  /** Lets a process go on at a time. */
  add(process: Process, time: number = this.now): void {
    const heap = this.#heap, event = { time, order: this.#order++, process };
    let place = heap.push(event) - 1;
    for (let parent; place > 0 && isBefore(event, heap[parent = (place - 1) >> 1]!); place = parent) {
      heap[place] = heap[parent]!;
    }
    heap[place] = event;
  }

  #takeFirst(): Event | undefined {
    const heap = this.#heap, first = heap[0], last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }

  /** Runs to the end. */
  run(): void {
    for (let event = this.#takeFirst(); event !== undefined; event = this.#takeFirst()) {
      this.now = event.time;
      const { done, value } = event.process.next();
      if (!done && value !== Infinity) this.add(event.process, value);
    }
  }
}

/** Something that all share and that does one thing after the other: a processor, a line. */
export class SharedServer {
  #free = 0;
  /** Seconds of work, in all and by minute of its arrival. */
  busy = 0;
  readonly #minutes = new Map<number, number>();

  /** @param now asks for the time of the simulation */
  constructor(readonly now: () => number) {}

  /** Takes in work of some seconds; the time at which it is done. */
  serve(seconds: number): number {
    const now = this.now(), minute = Math.floor(now / 60);
    this.busy += seconds;
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + seconds);
    this.#free = Math.max(now, this.#free) + seconds;
    return this.#free;
  }

  /** Work that arrived in the busiest minute, as a share of what can be done in a minute. */
  get peak(): number {
    return Math.max(0, ...this.#minutes.values()) / 60;
  }
}
