import { z } from "zod";
import { namedExperiments } from "./_config_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { makeBundle } from "../mod.ts";

const flags = z.strictObject({
  config: z.array(z.string()).default([]).describe("Config file, as a positional argument; repeatable"),
  out: z.string().optional().describe(
    "Folder below results, or the archive with --tar; results/bundle when left out",
  ),
  tar: z.boolean().default(false).describe("Write one .tar file, and the notebook beside it"),
  submission: z.string().optional().describe(
    "Config of the submission; configs/submission.yml when left out, if it is made of these configs",
  ),
  with_tensorflow: z.boolean().default(false).describe(
    "Add the TensorFlow that install_tensorflow installed",
  ),
});

/** What Kaggle and Colab run. */
const HOSTS = "x86_64-unknown-linux-gnu";

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Bundles configs for a notebook without internet. */
export const task: Task<typeof flags> = {
  name: "bundle",
  about: "Put Deno, the program, weights and a notebook into one folder that predicts without internet",
  examples: [
    "deno task bundle configs/resnet34.0.policy.yml",
    "deno task bundle configs/mine.yml --submission configs/submission.yml --tar",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const { tar, submission, with_tensorflow: tensorflow } = flags;
    const out = flags.out ?? (tar ? "results/bundle.tar" : "results/bundle");
    const named = { flags: { config: flags.config, set: [] }, positionals, output };
    const experiments = await namedExperiments("bundle", named);
    if (Deno.build.target !== HOSTS) {
      output.warn(`the bundle runs on ${Deno.build.target}; notebooks of Kaggle and Colab on ${HOSTS}`);
    }
    const bundle = await makeBundle(experiments, { out, tar, submission, tensorflow, output });
    const parts = Object.entries(bundle.sizes).filter(([, bytes]) => bytes > 0);
    const all = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
    const list = parts.map(([part, bytes]) => `${part} ${megabytes(bytes)}`).join(", ");
    output.line(`taken along: ${bundle.files.join(", ")}`);
    output.line(`${megabytes(all)}: ${list}`);
    for (const path of bundle.paths) output.line(`wrote ${path}`);
    return bundle;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
