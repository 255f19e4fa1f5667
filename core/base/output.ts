/** A progress display of one piece of work. */
export interface ProgressBar {
  /** Sets how much is done; `note` is shown beside it (the loss, a file name). */
  update(done: number, note?: string): void;
  /** Ends the display. */
  end(): void;
}

/** Where work reports what it does. Tasks print it on the terminal; a program passes its own, or none for silence. */
export interface Output {
  /** One line about what was done or found. */
  line(text?: string): void;
  /** A line that matters although nothing failed. */
  warn(text: string): void;
  /** Rows under a header. */
  table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** Starts a progress display that ends at `total`. */
  progress(label: string, total: number): ProgressBar;
}

/** An output that discards everything; a base for outputs that handle some of the messages. */
export class SilentOutput implements Output {
  line(_text?: string): void {}
  warn(_text: string): void {}
  table(_header: readonly string[], _rows: readonly (readonly (string | number)[])[]): void {}
  progress(_label: string, _total: number): ProgressBar {
    return { update: () => {}, end: () => {} };
  }
}

/** The output where none is given: it discards everything. */
export const SILENT: Output = new SilentOutput();

/** Passes warnings on to another output and discards the rest. */
export class WarningsOnly extends SilentOutput {
  constructor(readonly output: Output) {
    super();
  }

  override warn(text: string): void {
    this.output.warn(text);
  }
}
