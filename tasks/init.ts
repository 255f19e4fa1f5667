import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { initCompetition, type Inspection } from "../mod.ts";

const flags = z.strictObject({
  overwrite: z.boolean().default(false).describe("Replace the files that an earlier init wrote"),
});

/** Classes listed by name and count; the rest is summed up. */
const LISTED = 12;

function range([smallest, middle, largest]: readonly [number, number, number]): string {
  return smallest === largest ? `${middle}` : `${smallest} to ${largest}, middle ${middle}`;
}

function reportBalance(output: Output, { balance }: Inspection): void {
  if (balance.length === 0) return;
  const sorted = [...balance].sort((a, b) => b.count - a.count);
  output.table(["class", "images"], sorted.slice(0, LISTED).map(({ name, count }) => [name, count]));
  const rest = sorted.slice(LISTED);
  if (rest.length > 0) {
    output.line(`and ${rest.length} classes of ${rest.at(-1)!.count} to ${rest[0]!.count} images`);
  }
}

function report(output: Output, inspection: Inspection): void {
  const { layoutName, layoutParams, layout, target, images, measures, submission, metric } = inspection;
  const rows: [string, string][] = [
    ["layout", layoutName],
    ...Object.entries(layoutParams).map((
      [key, value],
    ): [string, string] => [`  ${key}`, JSON.stringify(value)]),
    ["target", `${target}, ${layout.classes.length} ${target === "value" ? "values" : "classes"}`],
    ["labelled images", `${images.train}`],
    ["test images", `${images.test}`],
    ["channels", layout.channels.join(", ")],
  ];
  if (measures !== null) {
    rows.push(
      ["width", range(measures.width)],
      ["height", range(measures.height)],
      ["bits", `${measures.depth}`],
      ["mean", measures.mean.map((value) => value.toFixed(1)).join(", ")],
      ["deviation", measures.std.map((value) => value.toFixed(1)).join(", ")],
    );
  }
  rows.push(
    ["submission", `${submission.shape}: ${submission.reason}`],
    ["metric", `${metric.name}, a guess: ${metric.reason}`],
  );
  output.table(["what", "seen"], rows);
  reportBalance(output, inspection);
  for (const note of inspection.notes) output.warn(note);
}

/** Looks at a competition's folder and writes its configs. */
export const task: Task<typeof flags> = {
  name: "init",
  about:
    "Look at a folder of images, write its layout and configs, and print the commands to a first submission",
  examples: ["deno task init data", "deno task init data/digits --overwrite"],
  positionals: "[folder]",
  flags,
  async run({ flags, positionals, output }) {
    if (positionals.length > 1) {
      throw configProblem(`Cannot look at ${positionals.length} folders: one at a time`);
    }
    const { inspection, files, commands } = await initCompetition({
      dir: positionals[0] ?? "data",
      overwrite: flags.overwrite,
      output,
    });
    report(output, inspection);
    for (const path of files) output.line(`wrote ${path}`);
    output.line("The commands to a first submission:");
    for (const { command } of commands) output.line(command);
    const { layoutName, layoutParams, target, images, measures, submission, metric } = inspection;
    return {
      layout: layoutName,
      layout_params: layoutParams,
      target,
      classes: inspection.layout.classes,
      images,
      measures,
      submission,
      metric,
      files,
      commands: commands.map(({ command }) => command),
    };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
