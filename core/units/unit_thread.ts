import { type Output, SilentOutput } from "../base/output.ts";
import { Problem } from "../base/problem.ts";
import { openStore } from "../store/open_store.ts";
import { runUnit } from "./run_unit.ts";
import type { FromThread, ToThread } from "./thread_messages.ts";

// Thread that runs one unit: its work blocks this thread's event loop, not that of the worker which holds the lock.

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToThread>) => void;
  postMessage(message: FromThread): void;
};
const controller = new AbortController();

/** Passes on what a unit says. */
class TellingOutput extends SilentOutput implements Output {
  override line(text?: string): void {
    scope.postMessage({ type: "line", text });
  }

  override warn(text: string): void {
    scope.postMessage({ type: "warn", text });
  }

  override table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    scope.postMessage({ type: "table", table: [[...header], rows.map((row) => [...row])] });
  }
}

function tellFailure(error: unknown): void {
  const { kind, next } = error instanceof Problem ? error : { kind: null, next: undefined };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  scope.postMessage({ type: "failed", kind, message, next, stack });
}

async function run({ unit, store, attempt }: ToThread & { type: "run" }): Promise<void> {
  const result = await runUnit(unit, {
    store: await openStore(store),
    attempt,
    signal: controller.signal,
    onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
    output: new TellingOutput(),
  });
  scope.postMessage({ type: "done", result });
}

scope.onmessage = ({ data }) => {
  if (data.type === "stop") controller.abort();
  else run(data).catch(tellFailure);
};
