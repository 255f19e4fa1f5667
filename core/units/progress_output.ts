import type { Output, ProgressBar } from "../base/output.ts";
import type { UnitProgress } from "./unit.ts";

/** Milliseconds between two words on how far a unit is. */
const PAUSE = 1000;

/** Tells how far a unit is, from the progress displays of its task; everything else it passes on. */
export class ProgressOutput implements Output {
  #last = 0;

  constructor(readonly output: Output, readonly tell: ((progress: UnitProgress) => void) | undefined) {}

  /** Passed on. */
  line(text?: string): void {
    this.output.line(text);
  }

  /** Passed on. */
  warn(text: string): void {
    this.output.warn(text);
  }

  /** Passed on. */
  table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    this.output.table(header, rows);
  }

  /** A display that is told, not shown. */
  progress(label: string, total: number): ProgressBar {
    const update = (done: number, beside = "") => {
      if (performance.now() - this.#last < PAUSE) return;
      this.#last = performance.now();
      this.tell?.({ note: `${label} ${done}/${total}${beside && `, ${beside}`}` });
    };
    return { update, end: () => {} };
  }
}
