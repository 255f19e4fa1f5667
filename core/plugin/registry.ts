import { join, toFileUrl } from "@std/path";
import { configProblem, suggestName } from "../base/problem.ts";
import { listFiles, pathExists } from "../base/files.ts";
import type { Output } from "../base/output.ts";
import type { PluginKind } from "./contracts.ts";
import type { Plugin } from "./define.ts";

/** All plugin kinds, in the order of the catalogue. */
export const PLUGIN_KINDS: readonly PluginKind[] = [
  "layouts",
  "datasets",
  "decoders",
  "augmentations",
  "transforms",
  "models",
  "losses",
  "metrics",
  "optimizers",
  "schedulers",
  "loggers",
  "hashes",
  "backends",
];

/** All plugins by kind and name. */
export class Registry {
  readonly #plugins = new Map<PluginKind, Map<string, Plugin>>(PLUGIN_KINDS.map((kind) => [kind, new Map()]));

  /** Adds a plugin. Throws on a duplicate name. */
  add(plugin: Plugin, file: string): void {
    const known = this.#plugins.get(plugin.kind);
    if (!known) {
      throw configProblem(
        `Cannot load "${file}": unknown kind "${plugin.kind}"; ${suggestName(plugin.kind, PLUGIN_KINDS)}`,
      );
    }
    if (known.has(plugin.name)) {
      throw configProblem(
        `Cannot load "${file}": the name "${plugin.name}" is taken in ${plugin.kind}`,
        "Rename one of them",
      );
    }
    known.set(plugin.name, plugin);
  }

  /** The plugins of a kind, sorted by name. */
  list<Kind extends PluginKind>(kind: Kind): Plugin<Kind>[] {
    const plugins = [...this.#plugins.get(kind)!.values()] as unknown as Plugin<Kind>[];
    return plugins.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The names of a kind, sorted. */
  names(kind: PluginKind): string[] {
    return this.list(kind).map((plugin) => plugin.name);
  }

  /** Whether a name is known. */
  has(kind: PluginKind, name: string): boolean {
    return this.#plugins.get(kind)!.has(name);
  }

  /** A plugin by name. Throws a problem with the nearest known name and the list on an unknown name. */
  get<Kind extends PluginKind>(kind: Kind, name: string): Plugin<Kind> {
    const plugin = this.#plugins.get(kind)!.get(name);
    if (!plugin) {
      throw configProblem(`Cannot find ${name} in ${kind}: ${suggestName(name, this.names(kind))}`);
    }
    return plugin as unknown as Plugin<Kind>;
  }
}

/** The folder of the built-in plugins, with one subfolder per kind. */
const PLUGINS_FOLDER = join(import.meta.dirname!, "..", "..", "plugins");

/** Deno's words for a package or a remote file that an import may not bring in while a task runs. */
const NOT_INSTALLED = /lockfile is out of date|--no-remote|--cached-only|not a dependency/;

async function importFile(path: string): Promise<{ default?: unknown }> {
  try {
    return await import(toFileUrl(path).href);
  } catch (error) {
    if (!(error instanceof Error && NOT_INSTALLED.test(error.message))) throw error;
    throw configProblem(
      `Cannot load "${path}": it imports what is not installed, and tasks download nothing ` +
        `(${error.message.split("\n")[0]})`,
      "Run `deno add npm:<package>` and import it under that name, or import files of the project",
    );
  }
}

async function addFile(registry: Registry, path: string): Promise<void> {
  const module = await importFile(path);
  const exported = Array.isArray(module.default) ? module.default : [module.default];
  for (const plugin of exported) {
    if (typeof plugin?.create !== "function" || typeof plugin?.kind !== "string") {
      throw configProblem(
        `Cannot load "${path}": its default export is not a plugin`,
        "Export what defineModel, defineAugmentation, ... returns, or an array of them",
      );
    }
    registry.add(plugin as Plugin, path);
  }
}

async function resolveInside(file: string): Promise<string> {
  const root = await Deno.realPath(".");
  if (!(await pathExists(file))) {
    throw configProblem(
      `Cannot load the plugin "${file}": there is no such file`,
      "Correct `plugins:` in the config",
    );
  }
  const path = await Deno.realPath(file);
  if (!path.startsWith(root + "/") || !path.endsWith(".ts")) {
    throw configProblem(`Cannot load the plugin "${file}": only .ts files inside ${root} are loaded`);
  }
  return path;
}

/**
 * Imports all plugin files: those in plugins/<kind>/ whose names do not start with `_`, then the given ones.
 *
 * @param extra paths listed under `plugins:` in a config, inside the working directory
 * @param kinds load only these kinds, so that worker threads start faster
 */
export async function loadPlugins(
  extra: readonly string[] = [],
  kinds: readonly PluginKind[] = PLUGIN_KINDS,
): Promise<Registry> {
  const registry = new Registry();
  for (const kind of kinds) {
    const folder = join(PLUGINS_FOLDER, kind);
    for (const name of await listFiles(folder)) {
      if (name.endsWith(".ts") && !name.startsWith("_")) await addFile(registry, join(folder, name));
    }
  }
  for (const file of extra) await addFile(registry, await resolveInside(file));
  return registry;
}

/** Says that the plugin files which a config names are code that runs with all that the task may do. */
export function tellOfPlugins(files: readonly string[], output: Output): void {
  if (files.length === 0) return;
  const run = files.length === 1 ? "runs" : "run";
  output.line(`plugins: ${files.join(", ")} ${run} as your own code with this task's permissions`);
}
