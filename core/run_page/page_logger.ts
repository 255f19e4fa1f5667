import { join } from "@std/path";
import { writeFileAtomic } from "../base/files.ts";
import type { BestEpoch, LoggedEnd, LoggedEpoch, LoggedRun, Logger } from "../plugin/logger_contracts.ts";
import { runPage } from "./run_page.ts";
import type { TimedWarning } from "./run_state.ts";

/** Name of the page in a run folder. */
export const PAGE_FILE = "index.html";

/**
 * Writes the page of a training anew when it begins or goes on, after each epoch, and at its end. The page shows what
 * history.jsonl has, so that one which a kill left behind is set right by the next start.
 */
export class PageLogger implements Logger {
  readonly #warnings: () => readonly TimedWarning[];
  #run: LoggedRun | undefined;
  readonly #history: LoggedEpoch[] = [];
  #best: BestEpoch | null = null;

  /** @param warnings the last warnings at the moment of the call */
  constructor(warnings: () => readonly TimedWarning[]) {
    this.#warnings = warnings;
  }

  async start(run: LoggedRun): Promise<void> {
    this.#run = run;
    this.#history.push(...run.history);
    this.#best = run.best;
    await this.#write(null);
  }

  async epoch(record: LoggedEpoch, best: BestEpoch): Promise<void> {
    this.#history.push(record);
    this.#best = best;
    await this.#write(null);
  }

  async end(result: LoggedEnd): Promise<void> {
    await this.#write(result);
  }

  async #write(end: LoggedEnd | null): Promise<void> {
    const { dir, name, config: settings, metric, epochs } = this.#run!;
    const page = runPage({
      dir,
      config: name,
      settings,
      metric,
      epochs,
      history: this.#history,
      best: this.#best,
      end,
      warnings: this.#warnings(),
      time: new Date(),
    });
    await writeFileAtomic(join(dir, PAGE_FILE), page);
  }
}
