import { failedWhile } from "./problem.ts";

/** Files that a worker thread needs at once: Deno opens six for each, and our code reads a few. */
const FILES_PER_WORKER = 10;

/**
 * Tries whether as many files can be opened as new worker threads need. Deno itself would end the process in the middle of
 * starting one, with a report meant for its makers.
 *
 * @throws an error that the system's reason is the cause of, when there are too many open files
 */
export function checkFilesForWorkers(workers: number): void {
  // A program that is not on the disk, such as one from a registry, has no file to try it on.
  const path = import.meta.filename;
  if (path === undefined) return;
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < workers * FILES_PER_WORKER) files.push(Deno.openSync(path));
  } catch (error) {
    throw failedWhile(`Cannot start ${workers} worker ${workers === 1 ? "thread" : "threads"}`, error);
  } finally {
    for (const file of files) file.close();
  }
}
