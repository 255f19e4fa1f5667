import { join } from "@std/path";
import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";
import { readYamlTree } from "../formats/yaml.ts";

/** Name of the file in a data folder that says how the folder is laid out. */
export const LAYOUT_FILE = "layout.yml";

const schema = z.strictObject({
  layout: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});

/** A layout plugin and its parameters. */
export interface WrittenLayout {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a folder's layout.yml says; null when there is none. Throws a config problem when it says something else. */
export async function readLayoutFile(dir: string): Promise<WrittenLayout | null> {
  const path = join(dir, LAYOUT_FILE);
  if (!(await pathExists(path))) return null;
  const tree = await readYamlTree(path, { missing: "", holds: "layout and params" });
  const result = schema.safeParse(tree);
  if (result.success) return { name: result.data.layout, params: result.data.params };
  throw configProblem(
    `Cannot use "${path}": ${z.prettifyError(result.error)}`,
    "It has the keys layout (a plugin's name) and params; write it anew with `deno task init --overwrite`",
  );
}
