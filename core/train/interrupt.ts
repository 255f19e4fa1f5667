import { Problem } from "../base/problem.ts";

/** A wish to stop at the next safe point. */
export interface Interrupt {
  readonly requested: boolean;
}

/** Listens for Ctrl-C and for a termination. A second Ctrl-C ends the process at once. */
export class SignalInterrupt implements Interrupt {
  requested = false;
  readonly #listener = () => {
    if (this.requested) Deno.exit(130);
    this.requested = true;
    this.notify();
  };

  /** @param notify told when the wish comes in */
  constructor(readonly notify: () => void) {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#listener);
  }

  /** Stops listening. */
  close(): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listener);
  }
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** The end of an interrupted run: exit code 130, everything saved. */
export function interrupted(path: string): Problem {
  return new Problem("interrupted", `Interrupted; saved to "${path}"`, "The same command goes on from there");
}
