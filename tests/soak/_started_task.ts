import { assertEquals } from "@std/assert";
import { taskArguments, type TaskEnd } from "../tasks/_task_process.ts";

/** How a task is started. */
export interface TaskStart {
  readonly cwd: string;
  readonly name: string;
  readonly flags: readonly string[];
  /** A script of sh around the task, which is "$@" in it; the task alone when left out. */
  readonly around?: string;
}

/** A task that runs. */
export interface StartedTask {
  readonly child: Deno.ChildProcess;
  /** What it says, once it has ended. */
  readonly end: Promise<TaskEnd>;
  /** Whether it runs still. */
  isRunning(): boolean;
}

/** Starts a task as `deno task` does, with the permissions of its line in deno.json, in another folder. */
export async function startTask({ cwd, name, flags, around = 'exec "$@"' }: TaskStart): Promise<StartedTask> {
  const args = ["-c", around, "sh", Deno.execPath(), ...await taskArguments(name, flags)];
  const options = { args, cwd, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command("sh", options).spawn();
  let running = true;
  const end = (async () => {
    const { code, stdout, stderr } = await child.output();
    running = false;
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  })();
  return { child, end, isRunning: () => running };
}

/** Runs a task to its end. */
export async function runTaskProcess(start: TaskStart): Promise<TaskEnd> {
  return await (await startTask(start)).end;
}

/** When a file was saved last, in milliseconds; 0 where there is none. */
async function lastSave(path: string): Promise<number> {
  return (await Deno.stat(path).catch(() => null))?.mtime?.getTime() ?? 0;
}

/** Starts a task and waits until it has saved a file; fails when it ends without. */
export async function startUntilSaved(start: TaskStart, path: string): Promise<StartedTask> {
  const before = await lastSave(path);
  const task = await startTask(start);
  while (await lastSave(path) === before) {
    if (!task.isRunning()) assertEquals(await task.end, null, `the task ended without "${path}"`);
    await new Promise((wake) => setTimeout(wake, 5));
  }
  return task;
}
