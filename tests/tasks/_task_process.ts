import { join } from "@std/path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname!, "..", "..");

/** How a task ended and what it said. */
export interface TaskEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a line of deno.json says where Deno itself lies. */
export const OWN_DENO = "$(deno eval 'console.log(Deno.execPath())')";

/** Every task's line in deno.json as the shell reads it, by name. */
export async function taskLines(): Promise<ReadonlyMap<string, string>> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    tasks: Record<string, { command: string }>;
  };
  return new Map(
    Object.entries(tasks).map(([name, { command }]) => [
      name,
      command.replace(/"(--[^"]+)"/, "$1").replace(OWN_DENO, () => Deno.execPath()),
    ]),
  );
}

/** The part of a task's line that runs the task itself: the last, also where tasks/_with_hosts.ts starts it. */
export function ownCommand(line: string): string {
  return line.split(" run ").at(-1)!;
}

/**
 * What a task's line in deno.json gives `deno run` before the program: permissions, and that nothing is downloaded. The
 * project's own files lie in {@link ROOT} here, not in the folder that a test runs the task in.
 */
export async function permissionsOf(name: string): Promise<string[]> {
  const words = ownCommand((await taskLines()).get(name)!).split(" ");
  return words.filter((word) => /^--./.test(word)).map((word) =>
    word.replace("--allow-read=.", `--allow-read=.,${ROOT}`)
      .replace("./node_modules", join(ROOT, "node_modules"))
  );
}

/** What `deno` is given to run a task in another folder as its user does: the flags of its line in deno.json. */
export async function taskArguments(name: string, flags: readonly string[]): Promise<string[]> {
  const config = ["--no-check", "--config", join(ROOT, "deno.json")];
  return ["run", ...config, ...await permissionsOf(name), join(ROOT, "tasks", `${name}.ts`), ...flags];
}

/** Runs a task as its user does, in another folder, with the flags of its line in deno.json. */
export async function runInFolder(
  cwd: string,
  name: string,
  flags: readonly string[],
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<TaskEnd> {
  const args = await taskArguments(name, flags);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env: { ...env } })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
