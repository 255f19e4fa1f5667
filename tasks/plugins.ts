import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { startBackend } from "../core/experiment/start_backend.ts";
import { type CatalogueEntry, describePlugins } from "../core/plugin/catalogue.ts";
import { loadPlugins, type Registry } from "../core/plugin/registry.ts";
import { countParameters, createModel } from "../core/experiment/create_model.ts";

const flags = z.strictObject({
  plugin: z.array(z.string()).default([]).describe("A plugin file of your own; may be repeated"),
});

/** Model size for counting parameters: classes and channels of the Human Protein Atlas challenge. */
const SIZE = { classes: 28, channels: 4, size: 224 };

function parameterCount(registry: Registry, name: string): number {
  const model = createModel({ model: { name, params: {} }, seed: 0 }, registry, SIZE);
  const count = countParameters(model);
  model.dispose();
  return count;
}

/** Adds parameter counts, which requires building each model; done only when a pattern is given. */
async function withParameterCounts(registry: Registry, entries: CatalogueEntry[]): Promise<CatalogueEntry[]> {
  await startBackend(registry, "cpu", { threads: 0 });
  return entries.map((entry) => ({
    ...entry,
    about: `${parameterCount(registry, entry.name).toLocaleString("en")} parameters; ${entry.about}`,
  }));
}

/** Prints the catalogue of plugins. */
export const task: Task<typeof flags> = {
  name: "plugins",
  about: "List the plugins; of one kind with their parameters; models named by a pattern with their size too",
  examples: ["deno task plugins", "deno task plugins models '*resn*'"],
  positionals: "[kind] [pattern]",
  flags,
  async run({ flags, positionals, output }) {
    const registry = await loadPlugins(flags.plugin);
    const [kind, pattern] = positionals;
    const found = describePlugins(registry, { kind, pattern });
    const entries = kind === "models" && pattern ? await withParameterCounts(registry, found) : found;
    for (const entry of entries) {
      output.line(`${entry.kind}/${entry.name}: ${entry.about}`);
      if (kind === undefined) continue;
      for (const parameter of entry.params) {
        output.line(
          `    ${parameter.name} = ${JSON.stringify(parameter.default) ?? "(required)"}  ${parameter.about}`,
        );
      }
    }
    return entries;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
