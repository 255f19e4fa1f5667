import { basename, dirname, isAbsolute, join, relative, resolve } from "@std/path";
import { removeLeftParts } from "./part_files.ts";
import { configProblem, failedWhile } from "./problem.ts";
import { systemProblem } from "./system_error.ts";

/** The folders of a project that tasks write to, as far as the line in deno.json allows. */
const OUTPUT_FOLDERS = ["data", "configs", "results", "inferences", "submissions"];

async function isPermitted(path: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "write", path })).state === "granted";
}

/** The project's folders that the running task may write to, each with a slash at its end. */
export async function writableFolders(): Promise<string[]> {
  const permitted = await Promise.all(OUTPUT_FOLDERS.map(isPermitted));
  return OUTPUT_FOLDERS.filter((_, i) => permitted[i]).map((folder) => `${folder}/`);
}

/** How to bring what lies outside the project into a folder of it: Deno follows a link without asking. */
export function linkCommand(path: string, folder: string): string {
  return `ln -s "${resolve(path)}" "${folder}${basename(path)}"`;
}

/** Whether a path lies outside the working folder. */
function isOutside(path: string): boolean {
  const inside = relative(".", path);
  return isAbsolute(inside) || inside.split(/[/\\]/)[0] === "..";
}

async function checkPermission(path: string, name: string): Promise<void> {
  if (await isPermitted(path)) return;
  const folders = await writableFolders();
  const cannot = `Cannot write to ${name} "${path}"`;
  if (folders.length === 0) {
    throw configProblem(`${cannot}: Deno does not permit it`, `Run again with --allow-write="${path}"`);
  }
  const link = isOutside(path) ? `, or bring it in by a link: ${linkCommand(path, folders[0]!)}` : "";
  const list = folders.join(", ");
  throw configProblem(`${cannot}: only ${list} may be written to`, `Name a place below ${list}${link}`);
}

/** The file that is made to see whether one can be. */
const TRIAL = ".writable";

/** Makes and removes a file in the nearest folder that exists, as far up as Deno permits writing. */
async function tryWriting(folder: string): Promise<void> {
  if (!await isPermitted(folder)) return;
  await removeLeftParts(folder, (name) => name === TRIAL);
  const path = join(folder, `${TRIAL}.${Deno.pid}.part`);
  try {
    await Deno.create(path).then((file) => file.close());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await tryWriting(dirname(folder));
  }
  // Another process that looks at the same moment may have taken it for left over.
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/**
 * Looks before long work whether its results can be written to a folder, which need not exist yet.
 *
 * @param name what the folder is called in messages, such as train.dir
 * @throws a config problem when Deno does not permit it, a problem when the folder is read-only or no folder
 */
export async function checkWritable(folder: string, name: string): Promise<void> {
  await checkPermission(folder, name);
  try {
    await tryWriting(resolve(folder));
  } catch (error) {
    const failed = failedWhile(`Cannot write to ${name} "${folder}"`, error);
    throw systemProblem(failed) ?? failed;
  }
}

/** {@link checkWritable} for a file: its folder can be written to, and its name is not that of a folder. */
export async function checkWritableFile(path: string, name: string): Promise<void> {
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
  if (isFolder) throw configProblem(`Cannot write ${name} "${path}": it is a folder`, "Name a file");
  await checkWritable(dirname(path), `the folder of ${name}`);
}
