import { Problem } from "../base/problem.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { makePreparer, type Preparer } from "./prepare.ts";

// Worker thread that decodes and transforms chunks of a batch, one after another.

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};

let preparer: Promise<Preparer> | undefined;
let last: Promise<void> = Promise.resolve();

function answerFailure(error: unknown): void {
  const { kind, next } = error instanceof Problem ? error : { kind: "failed" as const, next: undefined };
  const message = error instanceof Error ? error.message : String(error);
  scope.postMessage({ type: "failed", kind, message, next });
}

async function work(message: ToWorker): Promise<void> {
  if (message.type === "start") {
    preparer = makePreparer(message.setup, (text) => scope.postMessage({ type: "report", message: text }));
    await preparer;
    return;
  }
  const broken = await (await preparer!).prepare(message.chunk);
  scope.postMessage({ type: "done", key: message.key, broken });
}

scope.onmessage = (event) => {
  last = last.then(() => work(event.data)).catch(answerFailure);
};
