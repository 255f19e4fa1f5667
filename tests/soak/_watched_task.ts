import { taskArguments, type TaskEnd } from "../tasks/_task_process.ts";

/** How a watched task ended. */
export interface WatchedEnd extends TaskEnd {
  /** The most memory that it had, in bytes. */
  readonly peak: number;
}

/**
 * Looks at what Linux says a process had at most, until the process ends. A shell does it, since Deno reads nothing of
 * /proc for programs that may not do everything.
 *
 * @returns bytes
 */
async function watchPeak(pid: number): Promise<number> {
  const look = `while grep VmHWM /proc/${pid}/status 2>/dev/null; do sleep 0.02; done`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", look], stderr: "null" }).output();
  const kilobytes = [...new TextDecoder().decode(stdout).matchAll(/VmHWM:\s*(\d+) kB/g)];
  return 1024 * Number(kilobytes.at(-1)?.[1] ?? 0);
}

/**
 * Runs a task as its user does, in another folder, and watches its memory.
 *
 * @throws an error when it has not ended after `seconds`; it is killed then
 */
export async function watchInFolder(
  cwd: string,
  name: string,
  { flags, seconds }: { readonly flags: readonly string[]; readonly seconds: number },
): Promise<WatchedEnd> {
  const args = await taskArguments(name, flags);
  const command = new Deno.Command(Deno.execPath(), { args, cwd, stdout: "piped", stderr: "piped" });
  const process = command.spawn();
  let late = false;
  const timeout = setTimeout(() => {
    late = true;
    process.kill("SIGKILL");
  }, 1000 * seconds);
  const [peak, { code, stdout, stderr }] = await Promise.all([watchPeak(process.pid), process.output()]);
  clearTimeout(timeout);
  const decoder = new TextDecoder();
  const end = { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), peak };
  if (late) throw new Error(`${name} has not ended after ${seconds} seconds: ${end.stderr.slice(-2000)}`);
  return end;
}
