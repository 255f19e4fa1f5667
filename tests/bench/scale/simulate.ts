import { Random } from "../../../core/base/random.ts";
import { EventQueue, type Process, SharedServer } from "./event_queue.ts";
import type { Figures } from "./figures.ts";
import type { SimulatedUnit } from "./work.ts";

/** What the work runs on. */
export interface Site {
  readonly machines: number;
  /** How much faster than the machine of the figures each is. */
  readonly speed: number;
  readonly storeBytesASecond: number;
  readonly storeReadsASecond: number;
  readonly storeWritesASecond: number;
  /** Whether images are read from the store in every epoch; else they lie on each machine. */
  readonly imagesFromStore: boolean;
  readonly seed: number;
}

/** What a simulation found. */
export interface Load {
  readonly units: number;
  /** Seconds from the first unit to the last. */
  readonly seconds: number;
  /** Share of that in which machines computed. */
  readonly computing: number;
  /** Share of that in which machines computed what was lost when they died. */
  readonly lost: number;
  readonly killed: number;
  /** Share of the queue's one processor core, over all and in the busiest minute. */
  readonly queueMean: number;
  readonly queuePeak: number;
  readonly reads: number;
  readonly writes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Bytes that the store holds at the end. */
  readonly keptBytes: number;
  /**
   * Shares of what the store can do that are asked of it in the busiest minute: of its bytes, those of images aside, and of
   * its requests.
   */
  readonly bytesPeak: number;
  readonly requestsPeak: number;
}

/** Parts of an upload, and the requests that a large file takes beside them. */
const PART = 2 ** 24, AROUND_PARTS = 2;
/** Requests of a unit beside its files: is it done, has it failed, is there a resume point; result, failure, clean-up. */
const READS_OF_A_UNIT = 4, WRITES_OF_A_UNIT = 4;
/** Spread of the times of units of a kind. */
const SPREAD = 0.05;

interface Waiting {
  readonly unit: SimulatedUnit;
  /** Needs that are not done. */
  missing: number;
  /** Steps that are saved. */
  done: number;
}

class World {
  readonly events = new EventQueue();
  readonly queue = new SharedServer(() => this.events.now);
  readonly line = new SharedServer(() => this.events.now);
  readonly requests = new SharedServer(() => this.events.now);
  readonly random: Random;
  readonly ready: Waiting[] = [];
  readonly idle: Process[] = [];
  readonly dependents = new Map<SimulatedUnit, Waiting[]>();
  left: number;
  computed = 0;
  lost = 0;
  killed = 0;
  reads = 0;
  writes = 0;
  readBytes = 0;
  writtenBytes = 0;
  keptBytes = 0;

  constructor(readonly site: Site, readonly figures: Figures, units: readonly SimulatedUnit[]) {
    this.random = new Random(site.seed, "scale");
    this.left = units.length;
    for (const unit of units) {
      const waiting = { unit, missing: unit.needs.length, done: 0 };
      if (waiting.missing === 0) this.ready.push(waiting);
      for (const need of unit.needs) this.dependents.set(need, [...this.dependents.get(need) ?? [], waiting]);
      this.ask("add_unit");
    }
  }

  /** Has the queue's server do something; the time at which it is done. */
  ask(what: keyof Figures["measured"]["queue_milliseconds"]): number {
    return this.queue.serve(this.figures.measured.queue_milliseconds[what] / 1000);
  }

  #transfer(bytes: number, seconds: number): number {
    const ready = Math.max(
      this.requests.serve(seconds),
      this.line.serve(bytes / this.site.storeBytesASecond),
    );
    return Math.max(ready, this.events.now + bytes / this.figures.assumed.machine_bytes_a_second);
  }

  /** The time at which so many files are fetched. */
  fetch(bytes: number, files: number): number {
    this.reads += files;
    this.readBytes += bytes;
    return this.#transfer(bytes, files / this.site.storeReadsASecond);
  }

  /** The time at which so many files are stored. */
  store(bytes: number, files: number): number {
    const parts = bytes / files > PART ? Math.ceil(bytes / PART) + AROUND_PARTS * files : files;
    this.writes += parts;
    this.writtenBytes += bytes;
    return this.#transfer(bytes, parts / this.site.storeWritesASecond);
  }

  /** Puts a unit where machines find it, and wakes one. */
  offer(waiting: Waiting): void {
    this.ready.push(waiting);
    const process = this.idle.pop();
    if (process !== undefined) this.events.add(process);
  }

  /** Counts a unit as done and offers those that waited for it alone. */
  finish({ unit }: Waiting): void {
    this.left--;
    this.keptBytes += unit.stored;
    for (const waiting of this.dependents.get(unit) ?? []) {
      this.ask("release_a_waiting_unit");
      if (--waiting.missing === 0) this.offer(waiting);
    }
    if (this.left === 0) { for (const process of this.idle.splice(0)) this.events.add(process); }
  }
}

/** Seconds of a step on a machine of the site. */
function stepSeconds(world: World, { seconds, images }: SimulatedUnit): number {
  const { site, figures } = world;
  const computing = seconds / site.speed * (1 + SPREAD * world.random.normal());
  if (!site.imagesFromStore) return computing;
  // All machines read at once, so that each has its share of the line.
  const bytes = images * figures.measured.cached_image_bytes;
  world.readBytes += bytes;
  return Math.max(computing, bytes * site.machines / site.storeBytesASecond);
}

/** Gives a unit of a machine that died to another, once that is noticed. */
function* returnLater(world: World, waiting: Waiting): Process {
  yield world.events.now + world.figures.measured.seconds_to_find_a_dead_worker;
  world.offer(waiting);
}

/** Runs a unit to its end; false when the machine dies before. */
function* runUnit(world: World, waiting: Waiting, dies: number): Generator<number, boolean, void> {
  const { unit } = waiting, { events } = world;
  yield world.ask("take_and_complete");
  yield world.fetch(unit.fetched + (waiting.done > 0 ? unit.saved : 0), READS_OF_A_UNIT + unit.files);
  while (waiting.done < unit.steps) {
    const begun = events.now, ends = begun + stepSeconds(world, unit);
    if (ends > dies) {
      yield Math.max(dies, begun);
      world.lost += events.now - begun;
      return false;
    }
    yield ends;
    world.computed += unit.seconds / world.site.speed;
    waiting.done++;
    yield world.ask("progress");
    if (unit.saved > 0) yield world.store(unit.saved, 4);
  }
  yield world.store(unit.stored, unit.files + WRITES_OF_A_UNIT);
  return true;
}

/** A machine: takes units until all are done; dies now and then, and another takes its place. */
function* machine(world: World, self: () => Process): Process {
  const { assumed } = world.figures, { events, random } = world;
  const life = () => -Math.log(1 - random.next()) * assumed.seconds_between_failures_of_a_machine;
  for (let dies = life(); world.left > 0;) {
    const waiting = world.ready.shift();
    if (waiting === undefined) {
      world.idle.push(self());
      yield Infinity;
    } else if (yield* runUnit(world, waiting, dies)) {
      world.finish(waiting);
    } else {
      world.killed++;
      events.add(returnLater(world, waiting));
      yield events.now + assumed.seconds_to_replace_a_machine;
      dies = events.now + life();
    }
  }
}

/** Simulates all units on a site. The queue's work for workers that merely live is added at the end: it is the same each second. */
export function simulate(units: readonly SimulatedUnit[], site: Site, figures: Figures): Load {
  const world = new World(site, figures, units);
  for (let i = 0; i < site.machines; i++) {
    const process: Process = machine(world, () => process);
    world.events.add(process);
  }
  world.events.run();
  const seconds = world.events.now, costs = figures.measured.queue_milliseconds;
  const living = (site.machines * Math.max(costs.busy_worker_a_second, costs.idle_worker_a_second) +
    costs.server_a_second) / 1000;
  return {
    units: units.length,
    seconds,
    computing: world.computed / (seconds * site.machines),
    lost: world.lost / (seconds * site.machines),
    killed: world.killed,
    queueMean: world.queue.busy / seconds + living,
    queuePeak: world.queue.peak + living,
    reads: world.reads,
    writes: world.writes,
    readBytes: world.readBytes,
    writtenBytes: world.writtenBytes,
    keptBytes: world.keptBytes,
    bytesPeak: world.line.peak,
    requestsPeak: world.requests.peak,
  };
}
