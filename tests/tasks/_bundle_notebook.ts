import { assert } from "@std/assert";
import { join } from "@std/path";

/** Where a notebook is told that things lie. */
export interface Places {
  readonly BUNDLE: string;
  readonly DATA: string;
  readonly WORK: string;
  readonly RESULTS: string;
}

/** What the commands of a notebook find on a host: a shell's usual programs, and no Deno. */
const PROGRAMS = ["sh", "cp", "mkdir", "chmod", "ln", "dirname", "tar"];

async function findProgram(name: string): Promise<string | null> {
  for (const folder of Deno.env.get("PATH")!.split(":")) {
    const path = join(folder, name);
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return null;
}

/** A folder with links to the programs, for PATH. */
export async function linkPrograms(folder: string): Promise<string> {
  await Deno.mkdir(folder);
  for (const name of PROGRAMS) await Deno.symlink((await findProgram(name))!, join(folder, name));
  return folder;
}

/** The start of a command whose process has no network; null where the system does not let us make one. */
export async function withoutNetwork(): Promise<readonly string[] | null> {
  const unshare = await findProgram("unshare");
  if (unshare === null) return null;
  for (const flags of ["-n", "-rn"]) {
    const { success } = await new Deno.Command(unshare, { args: [flags, "/bin/sh", "-c", ":"] }).output();
    if (success) return [unshare, flags];
  }
  return null;
}

/** The lines of a notebook's code cells. */
export async function codeLines(notebook: string): Promise<string[]> {
  const { nbformat, cells } = JSON.parse(await Deno.readTextFile(notebook)) as {
    nbformat: number;
    cells: { cell_type: string; source: string[] }[];
  };
  assert(nbformat === 4);
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  return code.flatMap(({ source }) => source.join("").split("\n"));
}

/**
 * Runs a notebook as its user does who has set the places: `%env` lines, and `!` lines through a shell that knows these
 * variables, an empty HOME and the programs, has no network, and lies in another folder than the bundle.
 *
 * @returns what the commands said
 */
export async function runNotebook(
  lines: readonly string[],
  { places, path, home }: { readonly places: Places; readonly path: string; readonly home: string },
): Promise<string> {
  const env: Record<string, string> = {};
  const [program, ...start] = [...await withoutNetwork() ?? [], join(path, "sh")];
  const closed = "http://127.0.0.1:9";
  let said = "";
  for (const line of lines) {
    const [, name] = line.match(/^%env (\w+)=\S+$/) ?? [];
    if (name !== undefined) {
      env[name] = places[name as keyof Places];
      continue;
    }
    assert(line.startsWith("!"), line);
    const { success, stdout, stderr } = await new Deno.Command(program!, {
      args: [...start, "-c", line.slice(1)],
      clearEnv: true,
      env: { ...env, PATH: path, HOME: home, HTTP_PROXY: closed, HTTPS_PROXY: closed },
      cwd: home,
    }).output();
    const words = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert(success, `${line}\n${words}`);
    said += words;
  }
  return said;
}
