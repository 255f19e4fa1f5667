import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { describePlugins } from "../core/plugin/catalogue.ts";
import { loadPlugins } from "../core/plugin/registry.ts";

const flags = z.strictObject({
  plugin: z.array(z.string()).default([]).describe("A plugin file of your own; may be repeated"),
});

/** Prints the catalogue of plugins. */
export const task: Task<typeof flags> = {
  name: "plugins",
  about: "List the plugins, or with a name pattern their parameters too",
  examples: ["deno task plugins", "deno task plugins models '*resn*'"],
  positionals: "[kind] [pattern]",
  flags,
  async run({ flags, positionals, output }) {
    const registry = await loadPlugins(flags.plugin);
    const [kind, pattern] = positionals;
    const entries = describePlugins(registry, { kind, pattern });
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
