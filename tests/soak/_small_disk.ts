import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { taskArguments, type TaskEnd } from "../tasks/_task_process.ts";
import { pathsBelow, type Step } from "./_chain.ts";

/** What a disk of memory gives at once. */
const PAGE = 4096;
/** Enough for whatever a step writes. */
const AMPLE = "64m";

/**
 * What is done before and between the runs of a command in a namespace of its own, as lines of a shell. Without its source a
 * remount repeats the disk's options, of which the owner is not known to the namespace.
 */
const MOUNT = 'mount -t tmpfs -o size=$size tmpfs "$folder" && cp -a "$seed/." "$folder" || exit 99';
const RUN = (name: string) =>
  `"$@" >"$ends/${name}.stdout" 2>"$ends/${name}.stderr"; echo $? >"$ends/${name}.code"; cp -a "$folder" "$ends/${name}"`;
const SCRIPTS = {
  full: [MOUNT, RUN("full"), `mount -o remount,size=${AMPLE} tmpfs "$folder" || exit 99`, RUN("freed")],
  readOnly: [MOUNT, 'mount -o remount,ro tmpfs "$folder" || exit 99', RUN("readOnly")],
};

/** Runs lines of a shell where disks can be mounted that nobody else sees. */
async function inNamespace(
  lines: readonly string[],
  { variables = {}, command = [], cwd }: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly command?: readonly string[];
    readonly cwd?: string;
  },
): Promise<{ code: number; stderr: string }> {
  const args = ["-rm", "sh", "-c", lines.join("\n"), "sh", ...command];
  const options = { args, env: variables, ...(cwd !== undefined && { cwd }) };
  const { code, stderr } = await new Deno.Command("unshare", options).output();
  return { code, stderr: new TextDecoder().decode(stderr).trim() };
}

/** Why no disks can be mounted here, or null. */
export async function mountProblem(): Promise<string | null> {
  const dir = await Deno.makeTempDir();
  try {
    const lines = [`mount -t tmpfs -o size=1m tmpfs "${dir}" && mount -o remount,ro tmpfs "${dir}"`];
    const { code, stderr } = await inNamespace(lines, {});
    return code === 0 ? null : `no disk can be mounted: ${stderr.split("\n")[0]}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "there is no unshare";
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The pages that the files of a folder take on a disk of memory. */
export async function pagesOf(folder: string): Promise<number> {
  let pages = 0;
  for (const path of await pathsBelow(folder)) {
    pages += Math.ceil((await Deno.stat(join(folder, path))).size / PAGE);
  }
  return pages;
}

/** A step on a small disk. */
export interface SmallDisk {
  readonly project: string;
  readonly step: Step;
  /** What is on the disk that is mounted over the folder the step writes to. */
  readonly seed: string;
  /** Gets what each run left. */
  readonly ends: string;
}

async function runOnDisk(disk: SmallDisk, script: keyof typeof SCRIPTS, free: number): Promise<void> {
  const { project, step, seed, ends } = disk;
  // A size of 0 would be no limit.
  const size = Math.max(1, await pagesOf(seed) + free) * PAGE;
  const variables = { folder: join(project, step.writes), size: String(size), seed, ends };
  const command = [Deno.execPath(), ...await taskArguments(step.task, step.flags)];
  const { code, stderr } = await inNamespace(SCRIPTS[script], { variables, command, cwd: project });
  assertEquals([code, stderr], [0, ""], step.task);
}

async function endOf(ends: string, name: string): Promise<TaskEnd> {
  const read = (what: string) => Deno.readTextFile(join(ends, `${name}.${what}`));
  return { code: Number(await read("code")), stdout: await read("stdout"), stderr: await read("stderr") };
}

/**
 * Runs a step on a disk with so many free pages, and once more with space on it. What each run left is below `ends`, in
 * full/ and freed/.
 */
export async function runOnFullDisk(
  disk: SmallDisk,
  free: number,
): Promise<{ full: TaskEnd; freed: TaskEnd }> {
  await runOnDisk(disk, "full", free);
  return { full: await endOf(disk.ends, "full"), freed: await endOf(disk.ends, "freed") };
}

/** Runs a step on a disk that is read-only. */
export async function runOnReadOnlyDisk(disk: SmallDisk): Promise<TaskEnd> {
  await runOnDisk(disk, "readOnly", 1);
  return await endOf(disk.ends, "readOnly");
}
