const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Does work that Ctrl-C or a termination asks to stop at its next safe point; a second one ends the process at once.
 *
 * @param notify told when the wish comes in
 */
export async function interruptible<Result>(
  notify: () => void,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort();
    notify();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, listener);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, listener);
  }
}
