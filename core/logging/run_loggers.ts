import type { Json } from "../base/json.ts";
import type { BestEpoch, LoggedEnd, LoggedEpoch, LoggedRun, Logger } from "../plugin/logger_contracts.ts";
import { CallQueue, LOGGER_BOUNDS, type QueueBounds } from "./call_queue.ts";

/** A logger with what is known of its plugin. */
export interface NamedLogger {
  readonly name: string;
  readonly durable: boolean;
  readonly logger: Logger;
}

/** Where the loggers of an earlier part of the run stood at the resume point, by name. */
export type LoggerPositions = Readonly<Record<string, Json>>;

/** Options of {@link RunLoggers.open}. */
export interface RunLoggersOptions {
  readonly saved: LoggerPositions;
  readonly warn: (message: string) => void;
  readonly bounds?: QueueBounds;
}

/** A logger that is called beside the training, with the queue of its calls. */
interface Beside {
  readonly name: string;
  readonly logger: Logger;
  readonly queue: CallQueue;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** All loggers of a training: durable ones are waited for, the others have a queue each. */
export class RunLoggers {
  readonly #durable: readonly NamedLogger[];
  readonly #beside: readonly Beside[];
  readonly #warn: (message: string) => void;

  private constructor(loggers: readonly NamedLogger[], { warn, bounds = LOGGER_BOUNDS }: RunLoggersOptions) {
    this.#warn = warn;
    this.#durable = loggers.filter(({ durable }) => durable);
    this.#beside = loggers.filter(({ durable }) => !durable).map(({ name, logger }) => {
      let isTold = false;
      const onLoss = (error: unknown) => {
        if (!isTold) warn(`${name} cannot log: ${reasonOf(error)}; the training goes on without`);
        isTold = true;
      };
      return { name, logger, queue: new CallQueue(bounds, onLoss) };
    });
  }

  /** Starts the loggers of a run. Throws what a durable one throws. */
  static async open(
    loggers: readonly NamedLogger[],
    run: Omit<LoggedRun, "saved">,
    options: RunLoggersOptions,
  ): Promise<RunLoggers> {
    const opened = new RunLoggers(loggers, options);
    const ofLogger = (name: string): LoggedRun => ({ ...run, saved: options.saved[name] ?? null });
    for (const { name, logger } of opened.#durable) await logger.start(ofLogger(name), NEVER);
    opened.#call((logger, signal, name) => logger.start(ofLogger(name), signal));
    return opened;
  }

  /** Numbers within an epoch. */
  step(step: number, scalars: Readonly<Record<string, number>>): void {
    for (const { logger } of this.#durable) logger.step?.(step, scalars);
  }

  /** An epoch, for durable loggers: before its resume point is written. */
  async write(record: LoggedEpoch, best: BestEpoch): Promise<void> {
    for (const { logger } of this.#durable) await logger.epoch(record, best, NEVER);
  }

  /** An epoch, for all others: once its resume point is written. Returns at once. */
  tell(record: LoggedEpoch, best: BestEpoch): void {
    this.#call((logger, signal) => logger.epoch(record, best, signal));
  }

  /** Brings to disk what durable loggers have, and returns where they stand. */
  async positions(): Promise<LoggerPositions> {
    const positions: Record<string, Json> = {};
    for (const { name, logger } of this.#durable) positions[name] = await logger.position?.() ?? null;
    return positions;
  }

  /** Ends the loggers; waits a bounded time for those beside the training, and tells what was lost. */
  async end(result: LoggedEnd): Promise<void> {
    for (const { logger } of this.#durable) await logger.end(result, NEVER);
    this.#call((logger, signal) => logger.end(result, signal));
    await Promise.all(this.#beside.map(({ queue }) => queue.close()));
    for (const { name, queue: { lost } } of this.#beside) {
      if (lost > 0) this.#warn(`${name} lost ${lost} of its calls`);
    }
  }

  #call(call: (logger: Logger, signal: AbortSignal, name: string) => Promise<void> | void): void {
    for (const { name, logger, queue } of this.#beside) queue.add((signal) => call(logger, signal, name));
  }
}

/** The signal of calls that have all the time they need. */
const NEVER = new AbortController().signal;
