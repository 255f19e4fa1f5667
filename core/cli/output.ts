import { formatDuration } from "../base/duration.ts";
import { type Output, type ProgressBar, SILENT } from "../base/output.ts";

/** Where a task's words go: people read stderr or stdout, scripts read one JSON document on stdout. */
export interface OutputOptions {
  /** One JSON document on stdout at the end; everything for people goes to stderr. */
  readonly json: boolean;
  /** Nothing but errors and the JSON document. */
  readonly quiet: boolean;
}

const encoder = new TextEncoder();

/** Control characters as `\\x1b`, but for line feeds and tabs: names of files and Ids may hold what commands a terminal. */
export function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Whether a write failed because nobody reads any more: the program behind the pipe has ended, the terminal is closed. */
function isUnread(error: unknown): boolean {
  if (error instanceof Deno.errors.BrokenPipe) return true;
  return error instanceof Error && "code" in error && error.code === "EIO";
}

/** Writes a text. One that nobody can read is dropped: the task goes on, for the sake of its files. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  let written = 0;
  try {
    while (written < bytes.length) written += stream.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!isUnread(error)) throw error;
  }
}

/** A time in whole seconds: a tenth more or less on a line that is redrawn would only flicker. */
function wholeDuration(seconds: number): string {
  return formatDuration(Math.round(seconds));
}

/** Speaks to the person at the terminal. */
export class TerminalOutput implements Output {
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** One line for people: stdout, or stderr with --json; nothing with --quiet. */
  line(text = ""): void {
    if (this.#options.quiet) return;
    writeAll(this.#options.json ? Deno.stderr : Deno.stdout, escapeControls(text) + "\n");
  }

  /** A line that matters although nothing failed: always stderr. */
  warn(text: string): void {
    writeAll(Deno.stderr, `warning: ${escapeControls(text)}\n`);
  }

  /** An error line on stderr. */
  error(text: string): void {
    writeAll(Deno.stderr, escapeControls(text) + "\n");
  }

  /** The result document, with --json only. */
  document(value: unknown): void {
    if (this.#options.json) writeAll(Deno.stdout, JSON.stringify(value, null, 2) + "\n");
  }

  /** Rows under a header, columns aligned; numbers to the right. */
  table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    for (const line of formatTable(header, rows)) this.line(line);
  }

  /** A progress line: redrawn on a terminal, every ten seconds elsewhere, silent with --quiet. */
  progress(label: string, total: number): ProgressBar {
    if (this.#options.quiet) return SILENT.progress(label, total);
    return new StderrProgress(label, total, Deno.stderr.isTerminal());
  }
}

class StderrProgress implements ProgressBar {
  readonly #start = performance.now();
  #last = -Infinity;
  #text = "";

  constructor(readonly label: string, readonly total: number, readonly terminal: boolean) {}

  update(done: number, note = ""): void {
    const now = performance.now();
    const seconds = (now - this.#start) / 1000;
    const rate = done / Math.max(seconds, 1e-9);
    const left = rate > 0 ? wholeDuration((this.total - done) / rate) : "?";
    const text = `${this.label} ${done}/${this.total}, ${rate.toPrecision(3)}/s, ${left} left`;
    this.#text = escapeControls(note === "" ? text : `${text}, ${note}`);
    if (now - this.#last < (this.terminal ? 100 : 10_000)) return;
    this.#last = now;
    writeAll(Deno.stderr, this.terminal ? `\r\x1b[2K${this.#text}` : `${this.#text}\n`);
  }

  end(): void {
    if (this.terminal) writeAll(Deno.stderr, `\r\x1b[2K`);
    const seconds = (performance.now() - this.#start) / 1000;
    writeAll(Deno.stderr, `${this.label}: ${this.total} in ${wholeDuration(seconds)}\n`);
  }
}

/** Columns a text takes in a terminal, counting each code point as one. */
function textWidth(text: string): number {
  return [...text].length;
}

/**
 * Rows under a header as text lines.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(formatTable(["name", "count"], [["a", 10]]), ["name  count", "----  -----", "a        10"]);
 * ```
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const widths = header.map((name, column) =>
    Math.max(textWidth(name), ...rows.map((row) => textWidth(String(row[column] ?? ""))))
  );
  const pad = (value: string | number, column: number) => {
    const space = " ".repeat(Math.max(0, widths[column]! - textWidth(String(value))));
    return typeof value === "number" ? space + value : value + space;
  };
  const render = (row: readonly (string | number)[]) => row.map(pad).join("  ").trimEnd();
  return [render(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(render)];
}
