import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { HEADS, linearProbe, type LinearProbes } from "../mod.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";

const { config, set } = configFlags;

const flags = z.strictObject({
  config,
  set,
  features: z.array(z.string()).default([]).describe(
    "Feature files, repeatable; when left out those that extract writes for the config",
  ),
  head: z.enum(HEADS).default("ridge").describe(
    "ridge: regression on +1 and -1 or on values; logistic: multinomial, with several labels one for each",
  ),
  strength: z.coerce.number().positive().optional().describe(
    "Strength of the penalty (ridge's alpha, 1/C of logistic regression); chosen on inner folds when left out",
  ),
});

function scoreText(score: number | null): string {
  return score?.toFixed(4) ?? "undefined";
}

/** The model as submission.yml names it. */
function modelText({ folds }: LinearProbes): string {
  const lists = (["val", "test_val", "test"] as const).flatMap((split) => {
    const paths = folds.flatMap(({ paths }) => paths[split] ?? []);
    return paths.length < folds.length ? [] : [`${split}: [${paths.join(", ")}]`];
  });
  return `- { name: linear_probe, ${lists.join(", ")} }`;
}

function report(output: Output, probes: LinearProbes): void {
  const { metric, folds, score } = probes;
  output.table(
    ["fold", "train", "val", "strength", metric],
    folds.map(({ fold, train, val, strength, score }) => [fold, train, val, strength, scoreText(score)]),
  );
  output.line(`${metric} of all held-out images ${scoreText(score)}`);
  output.line("under models of submission.yml:");
  output.line(`  ${modelText(probes)}`);
}

/** Fits linear heads on features. */
export const task: Task<typeof flags> = {
  name: "linear_probe",
  about: "Fit a linear head for each fold on extracted features, and write predictions for make_submission",
  examples: [
    "deno task linear_probe configs/resnet34.0.policy.yml",
    "deno task linear_probe configs/resnet34.0.policy.yml --head=logistic --strength=100",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const experiments = await namedExperiments("fit heads", { flags, positionals, output });
    const { features, head, strength } = flags;
    const probes = await linearProbe(experiments, { features, head, strength });
    report(output, probes);
    return probes;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
