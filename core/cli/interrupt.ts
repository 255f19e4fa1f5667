/** What asks a task to stop: Ctrl-C, a termination, and outside Windows the closing of the terminal. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Milliseconds for each of two waits after a signal. `deno task` passes on to its program what the terminal has sent to
 * both, so that one Ctrl-C arrives twice, and late when the program is busy: the second arrival is through the event loop
 * before the second wait begins.
 */
const ECHO_WAIT = 250;

/** Calls back when no echo of a signal can arrive any more. Keeps no process alive. */
function afterEchoes(done: () => void): void {
  const wait = (then: () => void) => Deno.unrefTimer(setTimeout(then, ECHO_WAIT));
  wait(() => wait(done));
}

/**
 * Does work that Ctrl-C, a termination or a closed terminal asks to stop at its next safe point; a second wish, later than
 * the echo of the first, ends the process at once.
 *
 * @param notify told when the wish comes in
 */
export async function interruptible<Result>(
  notify: () => void,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let echoesOver = false;
  const listener = () => {
    if (echoesOver) Deno.exit(130);
    if (controller.signal.aborted) return;
    controller.abort();
    afterEchoes(() => echoesOver = true);
    notify();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, listener);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, listener);
  }
}
