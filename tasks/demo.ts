import { join } from "@std/path";
import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { compareFindings, type Found, readPlanted, scoreSubmission } from "../core/demo/compare_findings.ts";
import type { SubmissionReport } from "../core/submit/make_submission.ts";
import { task as findDataLeak } from "./find_data_leak.ts";
import { task as findDuplicateImages } from "./find_duplicate_images.ts";
import { task as inference } from "./inference.ts";
import { task as makeDemoData } from "./make_demo_data.ts";
import { task as makeSubmission } from "./make_submission.ts";
import { task as report } from "./report.ts";
import { task as stratifiedSplit } from "./stratified_split.ts";
import { task as swa } from "./swa.ts";
import { task as train } from "./train.ts";

const DATA = "data/demo";
const MODEL = "configs/demo/resnet18.yml";
const REPORT = "results/demo/report";

const flags = z.strictObject({
  seed: z.int().min(0).default(0).describe("Seed of the synthetic pictures"),
  backend: z.string().optional().describe("Name of the backend plugin; without it the configs decide"),
});

/** One step of the demo: a task with its command-line arguments. */
interface Step {
  readonly command: string;
  run(output: Output): Promise<unknown>;
}

function step<Flags extends z.ZodObject>(
  task: Task<Flags>,
  given: z.input<Flags>,
  positionals: readonly string[] = [],
): Step {
  const words = Object.entries(given).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`
  );
  return {
    command: ["deno task", task.name, ...positionals, ...words].join(" "),
    run: (output) => task.run({ flags: task.flags.parse(given), positionals, output, quiet: false }),
  };
}

function steps({ seed, backend }: z.output<typeof flags>): Step[] {
  const own = backend === undefined ? {} : { set: [`backend=${backend}`] };
  const predict = (split: "test_val" | "test") =>
    step(inference, { num_tta: "8", split, output: `inferences/demo/resnet18.${split}.csv`, ...own }, [
      MODEL,
    ]);
  return [
    step(makeDemoData, { out: DATA, size: 64, seed }),
    step(findDuplicateImages, { data_dir: DATA }),
    step(stratifiedSplit, { data_dir: DATA }),
    step(stratifiedSplit, { data_dir: DATA, use_external: 0 }),
    step(findDataLeak, { data_dir: DATA }),
    step(train, { fresh: true, ...own }, ["configs/demo/search.yml"]),
    step(train, { fresh: true, ...own }, [MODEL]),
    step(swa, { num_checkpoint: 5, ...own }, [MODEL]),
    predict("test_val"),
    predict("test"),
    step(makeSubmission, {}, ["configs/demo/submission.yml"]),
    step(report, { out: REPORT }, [MODEL]),
  ];
}

function ratio({ found, planted }: Found): string {
  return `${found} of ${planted}`;
}

async function summarize(output: Output, submission: SubmissionReport): Promise<Record<string, string>> {
  const planted = await readPlanted(DATA);
  const findings = await compareFindings(DATA);
  const { f1, leaks, paths } = submission;
  const hidden = await scoreSubmission(planted, { path: paths[0]!, classes: f1!.f1.length });
  const summary = {
    "exact duplicates found of planted": ratio(findings.exactDuplicates),
    "near duplicates found of planted": ratio(findings.nearDuplicates),
    "exact leaks found of planted": ratio(findings.exactLeaks),
    "near leaks found of planted": ratio(findings.nearLeaks),
    "rows that the leak file changes": `${leaks.changed.length} of ${leaks.known} leaked`,
    "test_val macro F1, classes that occur": f1!.macroOccurring.toFixed(3),
    "  by chance (best constant answer)": f1!.chance.toFixed(3),
    "  on the test images (hidden labels)": hidden.toFixed(3),
  };
  output.line();
  output.table(["result", "value"], Object.entries(summary));
  output.line();
  for (const path of [...paths, join(REPORT, "report.html")]) output.line(path);
  return summary;
}

/** Runs the whole pipeline on synthetic data. */
export const task: Task<typeof flags> = {
  name: "demo",
  about: "Make a synthetic competition and run every step to the submission, in about a minute",
  examples: ["deno task demo", "deno task demo --backend=webgpu"],
  flags,
  async run({ flags, output }) {
    const times: [string, string][] = [];
    let submission: unknown = null;
    for (const { command, run } of steps(flags)) {
      output.line(`\n$ ${command}`);
      const start = performance.now();
      const result = await run(output);
      if (command.startsWith("deno task make_submission")) submission = result;
      times.push([command, `${((performance.now() - start) / 1000).toFixed(1)} s`]);
    }
    output.line();
    output.table(["step", "time"], times);
    const summary = await summarize(output, submission as SubmissionReport);
    return { times: Object.fromEntries(times), summary };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
