import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Problem } from "../../../core/base/problem.ts";
import { openLayout } from "../../../core/layout/open_layout.ts";
import { inFolder } from "../../_in_folder.ts";

const registry = await loadPlugins([], ["layouts"]);

/** Opens a layout with parameters; the folder's own when it is not named. */
export type OpenLayout = (params?: Record<string, unknown>, name?: string) => Promise<Layout>;

/** Makes a data folder of text files (their content does not matter to a layout) and opens it. */
export async function withData(
  files: Readonly<Record<string, string>>,
  run: (dir: string, open: OpenLayout) => Promise<void>,
): Promise<void> {
  await inFolder(async (dir) => {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(dir, name)), { recursive: true });
      await Deno.writeTextFile(join(dir, name), text);
    }
    await run(dir, (params = {}, name = "auto") => openLayout(registry, dir, { name, params }));
  });
}

/** Empty files by path. */
export function empty(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, ""]));
}

/** Labels by Id. */
export async function labelsById(layout: Layout): Promise<Record<string, readonly number[]>> {
  return Object.fromEntries((await layout.readLabels()).map(({ id, labels }) => [id, labels]));
}

/** The path below the data folder of each image on disk, by Id. */
export async function listed(
  layout: Layout,
  source: "train" | "test",
): Promise<Record<string, string>> {
  const images = await layout.listImages(source);
  return Object.fromEntries(images.map(({ id, files }) => [id, files[0]!.slice(layout.dir.length + 1)]));
}

/** Asserts a problem of a kind whose message has some parts. */
export async function assertProblem(
  exitCode: 2 | 3,
  run: () => Promise<unknown>,
  ...parts: string[]
): Promise<void> {
  const problem = await assertRejects(run, Problem);
  const text = `${problem.message}; ${problem.next}`;
  for (const part of parts) assertEquals(text.includes(part), true, `${text} lacks ${part}`);
  assertEquals(problem.exitCode, exitCode, text);
}

/** Asserts a data problem whose message has some parts. */
export async function assertDataProblem(run: () => Promise<unknown>, ...parts: string[]): Promise<void> {
  await assertProblem(3, run, ...parts);
}
