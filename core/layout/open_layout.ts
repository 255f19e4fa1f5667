import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Plugin } from "../plugin/define.ts";
import { explainIssues } from "../plugin/explain.ts";
import { addImageExtensions } from "./image_folder.ts";
import type { Registry } from "../plugin/registry.ts";
import { readLayoutFile } from "./layout_file.ts";

/** The name and parameters of a layout, as in `data.layout` and `data.layout_params`. */
export interface LayoutChoice {
  /** Name of the layout plugin; with `auto`, or left out, the folder's layout.yml says it, or else the folder shows it. */
  readonly name?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Throws a config problem that lists all invalid layout parameters. */
async function createLayout(plugin: Plugin<"layouts">, params: unknown, dir: string): Promise<Layout> {
  try {
    return await plugin.create(params, { dir });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issues = explainIssues(error, params, { schema: plugin.params, where: "layout_params" });
    throw configProblem(
      `Cannot open "${dir}" with the layout ${plugin.name}:\n${issues.map((line) => `  ${line}`).join("\n")}`,
      `"deno task plugins layouts ${plugin.name}" lists its parameters`,
    );
  }
}

interface FoundLayout {
  readonly plugin: Plugin<"layouts">;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The named layout plugin; with `auto` what layout.yml says, whose parameters given ones override, or the first in order
 * of rank that detects the folder; null when none does.
 */
async function findLayout(
  registry: Registry,
  dir: string,
  { name = "auto", params = {} }: LayoutChoice,
): Promise<FoundLayout | null> {
  for (const { extensions } of registry.list("decoders")) addImageExtensions(extensions);
  if (name !== "auto") return { plugin: registry.get("layouts", name), params };
  const written = await readLayoutFile(dir);
  if (written) {
    return { plugin: registry.get("layouts", written.name), params: { ...written.params, ...params } };
  }
  for (const plugin of byRank(registry)) if (await plugin.detect(dir)) return { plugin, params };
  return null;
}

function byRank(registry: Registry): Plugin<"layouts">[] {
  return registry.list("layouts").sort((a, b) => a.rank - b.rank);
}

/**
 * What is wrong with layout parameters, one line each. Nothing is said of an unknown layout name, nor where `auto` finds
 * no layout: `openLayout` tells these.
 *
 * @param where config path of the parameters, such as `data.layout_params`
 */
export async function explainLayoutParams(
  registry: Registry,
  dir: string,
  { where, ...choice }: LayoutChoice & { readonly where: string },
): Promise<string[]> {
  const { name = "auto" } = choice;
  if (name !== "auto" && !registry.has("layouts", name)) return [];
  const found = await findLayout(registry, dir, choice);
  const result = found?.plugin.params.safeParse(found.params);
  if (!found || !result || result.success) return [];
  return explainIssues(result.error, found.params, { schema: found.plugin.params, where });
}

/**
 * Opens the layout of a data folder: the named one, or with `auto` what its layout.yml says, or else the first that
 * detects the folder.
 */
export async function openLayout(
  registry: Registry,
  dir: string,
  choice: LayoutChoice = {},
): Promise<Layout> {
  if (!(await pathExists(dir))) {
    throw dataProblem(
      `Cannot open the data folder "${dir}": it does not exist`,
      "Put the competition's files there, name another folder by data.dir, or try `deno task make_demo_data`",
    );
  }
  const found = await findLayout(registry, dir, choice);
  if (found) return await createLayout(found.plugin, found.params, dir);
  throw dataProblem(
    `Cannot tell how "${dir}" is laid out; known layouts: ${
      byRank(registry).map((layout) => layout.name).join(", ")
    }`,
    `Look at it with "deno task init ${dir}", or name a layout by data.layout`,
  );
}
