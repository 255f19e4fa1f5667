/** A count of work under way. */
export interface ProgressBar {
  /** Sets what is done; `note` is what is worth knowing beside it (loss, file). */
  update(done: number, note?: string): void;
  /** Ends the count. */
  end(): void;
}

/** Where work tells what it does. Tasks print it; a program gives its own, or none and hears nothing. */
export interface Output {
  /** One line about what was done or found. */
  line(text?: string): void;
  /** A line that matters although nothing failed. */
  warn(text: string): void;
  /** Rows under a header. */
  table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** Begins a count up to `total`. */
  progress(label: string, total: number): ProgressBar;
}

/** An output that keeps everything to itself; the base of one that listens to a part. */
export class SilentOutput implements Output {
  line(_text?: string): void {}
  warn(_text: string): void {}
  table(_header: readonly string[], _rows: readonly (readonly (string | number)[])[]): void {}
  progress(_label: string, _total: number): ProgressBar {
    return { update: () => {}, end: () => {} };
  }
}

/** What is used where no output is given. */
export const SILENT: Output = new SilentOutput();

/** Passes warnings on and nothing else. */
export class WarningsOnly extends SilentOutput {
  constructor(readonly output: Output) {
    super();
  }

  override warn(text: string): void {
    this.output.warn(text);
  }
}
