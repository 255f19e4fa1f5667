import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { examine } from "../core/doctor/examine.ts";
import type { Finding } from "../core/doctor/finding.ts";
import { loadPlugins } from "../core/plugin/registry.ts";

const flags = z.strictObject({
  plugin: z.array(z.string()).default([]).describe(
    "A plugin file with a backend of your own; may be repeated",
  ),
});

const MARKS: Readonly<Record<Finding["state"], string>> = { good: "ok", absent: "--", bad: "BAD" };

/** Says what this machine has for Podium. */
export const task: Task<typeof flags> = {
  name: "doctor",
  about: "Say on one page what this machine has for Podium, what it lacks, and what to do about it.",
  examples: ["deno task doctor", "deno task doctor --json"],
  flags,
  async run({ flags, output }) {
    const { findings, automatic } = await examine(await loadPlugins(flags.plugin));
    const width = Math.max(...findings.map(({ subject }) => subject.length));
    for (const { subject, state, text, next } of findings) {
      output.line(`${subject.padEnd(width)}  ${MARKS[state].padEnd(3)}  ${text}`);
      if (next !== undefined) output.line(`${"".padEnd(width)}       -> ${next}`);
    }
    if (automatic === null) Deno.exitCode = 1;
    return { findings, automatic };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args) || Deno.exitCode);
