import { join } from "@std/path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname!, "..", "..");

/** How a task ended and what it said. */
export interface TaskEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The permissions of a task's line in deno.json. */
export async function permissionsOf(name: string): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  return (tasks[name].command as string).split(" ").filter((word) => word.startsWith("--allow"))
    .map((word) => word.replace("./node_modules", join(ROOT, "node_modules")));
}

/** Runs a task as its user does, in another folder, with the permissions of its line in deno.json. */
export async function runInFolder(cwd: string, name: string, flags: readonly string[]): Promise<TaskEnd> {
  const config = ["--no-check", "--no-prompt", "--config", join(ROOT, "deno.json")];
  const args = ["run", ...config, ...await permissionsOf(name), join(ROOT, "tasks", `${name}.ts`), ...flags];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
