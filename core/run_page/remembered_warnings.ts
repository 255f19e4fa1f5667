import type { Output, ProgressBar } from "../base/output.ts";
import type { TimedWarning } from "./run_state.ts";

/** Warnings that are remembered. */
const REMEMBERED = 10;

/** Passes everything on to another output and remembers the last warnings. */
export class RememberedWarnings implements Output {
  readonly #output: Output;
  readonly #last: TimedWarning[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** The last warnings, the oldest first. */
  get last(): readonly TimedWarning[] {
    return [...this.#last];
  }

  line(text?: string): void {
    this.#output.line(text);
  }

  warn(text: string): void {
    this.#last.push({ time: new Date(), text });
    if (this.#last.length > REMEMBERED) this.#last.shift();
    this.#output.warn(text);
  }

  table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    this.#output.table(header, rows);
  }

  progress(label: string, total: number): ProgressBar {
    return this.#output.progress(label, total);
  }
}
