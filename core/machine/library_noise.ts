import { openCLibrary } from "./c_library.ts";

/** What turns a stream of the process elsewhere and back. */
const STREAMS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const STDERR = 2, WRITE_ONLY = 1;

const NOWHERE = new TextEncoder().encode("/dev/null\0");

/** A process has one stderr, so whether libraries are heard on it is a matter of the process. */
let shown = false;

/** Lets libraries write to stderr from now on, for whoever looks for a fault. */
export function showLibraryNoise(): void {
  shown = true;
}

/** Whether {@link showLibraryNoise} was called. */
export function isLibraryNoiseShown(): boolean {
  return shown;
}

/**
 * Keeps native libraries from writing to stderr while they load and start: banners, hints, complaints about what is
 * then said in words of our own. It is for a moment's work and no promise, since nobody else can write meanwhile
 * either; what a library says as it ends the process is lost too, and `--debug` shows it. Where the process may not do
 * it (see {@link openCLibrary}), the libraries are heard.
 *
 * @returns what the action returns
 */
export function withoutLibraryNoise<Value>(action: () => Value): Value {
  const c = shown ? null : openCLibrary(STREAMS);
  if (c === null) return action();
  const kept = c.dup(STDERR);
  const nowhere = c.open(NOWHERE, WRITE_ONLY);
  c.dup2(nowhere, STDERR);
  try {
    return action();
  } finally {
    c.dup2(kept, STDERR);
    c.close(nowhere);
    c.close(kept);
  }
}
