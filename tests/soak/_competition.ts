import { join } from "@std/path";
import { listFiles } from "../../core/base/files.ts";
import { assertEquals } from "@std/assert";
import { makeSmallCompetition, smallConfig } from "../tasks/_small_competition.ts";
import { runInFolder } from "../tasks/_task_process.ts";

/** Runs a task that must succeed. */
export async function succeed(cwd: string, task: string, ...flags: string[]): Promise<void> {
  const { code, stderr } = await runInFolder(cwd, task, flags);
  assertEquals(code, 0, `${task}: ${stderr}`);
}

/** Makes a folder with a small competition that is split, and the config small.yml; the caller removes it. */
export async function newCompetition(): Promise<string> {
  const cwd = await Deno.makeTempDir();
  await makeSmallCompetition(cwd, smallConfig(0));
  return cwd;
}

/** The bytes of the files in a folder that are whole: no temporary ones, no databases. */
export async function wholeFiles(folder: string): Promise<Map<string, string>> {
  const names = (await listFiles(folder)).filter((name) => !/\.part$|^\./.test(name));
  const texts = names.map(async (name) => (await Deno.readFile(join(folder, name))).toBase64());
  return new Map((await Promise.all(texts)).map((text, i) => [names[i]!, text]));
}
