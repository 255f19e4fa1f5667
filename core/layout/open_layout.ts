import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Plugin } from "../plugin/define.ts";
import type { Registry } from "../plugin/registry.ts";

/** Throws a config problem on invalid layout parameters. */
async function createLayout(plugin: Plugin<"layouts">, params: unknown, dir: string): Promise<Layout> {
  try {
    return await plugin.create(params, { dir });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw configProblem(
      `Cannot open the layout ${plugin.name} with the parameters ${JSON.stringify(params)}:\n${
        z.prettifyError(error)
      }`,
      '"deno task plugins layouts" lists the parameters of each layout',
    );
  }
}

/** Opens the layout of a data folder: the named one, or with `auto` the first that detects the folder. */
export async function openLayout(
  registry: Registry,
  dir: string,
  options: { readonly name?: string; readonly params?: Readonly<Record<string, unknown>> } = {},
): Promise<Layout> {
  if (!(await pathExists(dir))) {
    throw dataProblem(
      `Cannot open the data folder "${dir}": it does not exist`,
      "Put the competition's files there, name another folder by data.dir, or try `deno task make_demo_data`",
    );
  }
  const { name = "auto", params = {} } = options;
  if (name !== "auto") return await createLayout(registry.get("layouts", name), params, dir);
  const layouts = registry.list("layouts").sort((a, b) => a.rank - b.rank);
  for (const layout of layouts) if (await layout.detect(dir)) return await createLayout(layout, params, dir);
  throw dataProblem(
    `Cannot tell how "${dir}" is laid out; known layouts: ${layouts.map((layout) => layout.name).join(", ")}`,
    "Name one by data.layout, or see the README for the files each expects",
  );
}
