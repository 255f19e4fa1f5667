import { join } from "@std/path";
import { ROOT, type TaskEnd } from "./_task_process.ts";

/** A copy of the project's code, whose .tensorflow/ a test may fill, and a folder for what the test makes. */
export interface InstallProject {
  readonly folder: string;
  /** An empty folder outside the project. */
  readonly source: string;
}

/** What the install task reads of the project. */
const PARTS = ["deno.json", "deno.lock", "core", "tasks", "third_party"];

/** Copies the project for the time of a test. */
export async function withInstallProject(body: (project: InstallProject) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  const project = { folder: join(parent, "project"), source: join(parent, "source") };
  try {
    await Deno.mkdir(project.folder);
    await Deno.mkdir(project.source);
    const parts = PARTS.map((part) => join(ROOT, part));
    await new Deno.Command("cp", { args: ["-r", ...parts, project.folder] }).output();
    await Deno.symlink(join(ROOT, "node_modules"), join(project.folder, "node_modules"));
    await body(project);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** How the install task ended, and the most memory that it held. */
export interface InstallEnd extends TaskEnd {
  /** In bytes; 0 where the system does not tell it. */
  readonly peak: number;
}

/** Looks at a process's peak of memory until it ends. */
async function watchPeak(pid: number, ended: { value: boolean }): Promise<number> {
  let peak = 0;
  while (!ended.value && Deno.build.os === "linux") {
    const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`], stderr: "null" })
      .output();
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(new TextDecoder().decode(stdout))?.[1];
    peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peak;
}

/**
 * Runs the install task in a copy of the project by the very command of its line in deno.json.
 *
 * @param path a folder whose programs are found before the system's
 */
export async function runInstall(
  { folder }: InstallProject,
  { flags, path }: { readonly flags: readonly string[]; readonly path?: string },
): Promise<InstallEnd> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(folder, "deno.json")));
  const [, run, ...words] = (tasks.install_tensorflow.command as string).split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, "--no-check", "--no-prompt", ...words, ...flags],
    cwd: folder,
    env: { PATH: [path, Deno.env.get("PATH")].filter((part) => part !== undefined).join(":") },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = { value: false };
  const peak = watchPeak(child.pid, ended);
  const { code, stdout, stderr } = await child.output();
  ended.value = true;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), peak: await peak };
}

/** Paths and sizes of all files below .tensorflow/ of a copy, links told as such. */
export async function installedFiles({ folder }: InstallProject, below = ".tensorflow"): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) found.push(...await installedFiles({ folder, source: "" }, path));
    else found.push(isSymlink ? `${path} (link)` : path);
  }
  return found.sort();
}
