import { join } from "@std/path";
import { withFolderLock } from "../base/folder_lock.ts";
import { failedWhile, Problem } from "../base/problem.ts";
import type { FromThread, ToThread } from "./thread_messages.ts";
import type { RunInThreadOptions, Unit, UnitKind, UnitResult } from "./unit.ts";

/** Kinds that save a resume point when they are asked to stop; the others end at once. */
const SAVING: readonly UnitKind[] = ["train", "search_trial", "search_confirmation", "search"];

/** The end of a unit that keeps no resume point. */
function stopped({ title }: Unit): Problem {
  return new Problem("interrupted", `Interrupted in "${title}"`, "The same command begins it anew");
}

/** The error that a thread told of: a problem stays one. */
function errorOf({ kind, message, next, stack }: FromThread & { type: "failed" }): Error {
  if (kind !== null) return new Problem(kind, message, next);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Passes on what a thread tells on its way; returns its end, or null where it goes on. */
function hear(message: FromThread, { onProgress, output }: RunInThreadOptions): UnitResult | Error | null {
  if (message.type === "done") return message.result;
  if (message.type === "failed") return errorOf(message);
  if (message.type === "progress") onProgress?.(message.progress);
  else if (message.type === "line") output?.line(message.text);
  else if (message.type === "warn") output?.warn(message.text);
  else output?.table(...message.table);
  return null;
}

function startThread(unit: Unit, options: RunInThreadOptions): Promise<UnitResult> {
  const { store, attempt = 1, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<UnitResult>();
  const worker = new Worker(new URL("./unit_thread.ts", import.meta.url), { type: "module" });
  const tell = (message: ToThread) => worker.postMessage(message);
  worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
    const end = hear(data, options);
    if (end instanceof Error) reject(end);
    else if (end !== null) resolve(end);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(failedWhile(`Cannot go on with "${unit.title}"`, event.message));
  };
  tell({ type: "run", unit, store, attempt });
  const stop = () => SAVING.includes(unit.kind) ? tell({ type: "stop" }) : reject(stopped(unit));
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  return promise.finally(() => {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  });
}

/** The folder whose lock a worker holds while it runs a unit in this project folder. */
function lockFolder({ id }: Unit): string {
  return join("results", ".units", id);
}

/**
 * {@link runUnit} in a thread of its own, so that the caller's event loop stays free to hold a lock or to hear signals.
 *
 * @throws what `runUnit` throws; `HeldFolder` (failed) at once where another process runs the unit in this folder
 */
export async function runInThread(unit: Unit, options: RunInThreadOptions): Promise<UnitResult> {
  return await withFolderLock(lockFolder(unit), () => startThread(unit, options));
}
