import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { dataProblem } from "../problem.ts";
import { pathExists } from "../files.ts";

/** Which layout to open: `data.layout`, `data.dir` and `data.layout_params` of a config. */
export interface OpenLayoutOptions {
  /** Name of a layout plugin, or `auto` to look at the folder. */
  readonly name: string;
  readonly dir: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The name of the layout that a folder has: the first one, in order of rank, whose `detect` says yes.
 * Throws a data problem that lists the layouts when none does.
 */
export async function detectLayout(registry: Registry, dir: string): Promise<string> {
  const layouts = registry.list("layouts").sort((a, b) => a.rank - b.rank);
  for (const layout of layouts) if (await layout.detect(dir)) return layout.name;
  const known = layouts.map((layout) => `${layout.name} (${layout.about})`).join("\n  ");
  throw dataProblem(
    `Cannot tell the layout of "${dir}": it looks like none of\n  ${known}`,
    'Put the files where a layout expects them, or try "deno task make_demo_data" first',
  );
}

/**
 * Opens a data folder. Throws a data problem when the folder is missing or no layout fits, a config problem on an
 * unknown layout name.
 */
export async function openLayout(registry: Registry, options: OpenLayoutOptions): Promise<Layout> {
  if (!(await pathExists(options.dir))) {
    throw dataProblem(
      `Cannot open the data folder "${options.dir}": there is no such folder`,
      'Set data.dir to your data, or make some with "deno task make_demo_data"',
    );
  }
  const name = options.name === "auto" ? await detectLayout(registry, options.dir) : options.name;
  return await registry.get("layouts", name).create(options.params, { dir: options.dir });
}
