import { assertEquals } from "@std/assert";
import { fromFileUrl, join, resolve } from "@std/path";
import { pathExists } from "../core/base/files.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const PRELOAD = join(ROOT, "tests", "_hold.ts");

/** A program and where it stops. */
export interface HeldProgram {
  /** The script, then its arguments. */
  readonly command: readonly string[];
  readonly cwd?: string;
  /** The path of a file that the program saves. */
  readonly file: string;
  /** It stops once it has saved the file so often; 1 when left out. */
  readonly times?: number;
}

/** Starts a program that stops at a file it saves: it cannot end before it is killed or interrupted. */
function startHeld({ command, cwd = ROOT, file, times = 1 }: HeldProgram): Deno.ChildProcess {
  const options = ["--no-check", "--allow-all", "--config", join(ROOT, "deno.json"), "--preload", PRELOAD];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...options, ...command],
    cwd,
    env: { PODIUM_TEST_HOLD: JSON.stringify({ file: resolve(file), times }) },
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** When a file was saved; null where there is none. Its inode would not tell: the next but one file may get it again. */
async function saveTime(path: string): Promise<number | null> {
  return await pathExists(path) ? (await Deno.stat(path)).mtime!.getTime() : null;
}

/**
 * Runs a held program until it has saved its file anew and `wait` milliseconds longer, then sends it a signal. Fails when
 * the program ends before.
 */
export async function signalAfterSave(
  program: HeldProgram,
  signal: "SIGKILL" | "SIGINT",
  { wait = 0 }: { readonly wait?: number } = {},
): Promise<Deno.CommandStatus> {
  const before = await saveTime(program.file);
  const child = startHeld(program);
  let ended: number | null = null;
  child.status.then(({ code }) => ended = code);
  while (await saveTime(program.file) === before) {
    assertEquals(ended, null, `${program.command.join(" ")} ended before it saved ${program.file}`);
    await new Promise((wake) => setTimeout(wake, 2));
  }
  await new Promise((wake) => setTimeout(wake, wait));
  child.kill(signal);
  return await child.status;
}

/** {@link signalAfterSave} with a kill, which nothing survives. */
export async function killAfterSave(
  program: HeldProgram,
  options: { readonly wait?: number } = {},
): Promise<void> {
  assertEquals((await signalAfterSave(program, "SIGKILL", options)).signal, "SIGKILL");
}
