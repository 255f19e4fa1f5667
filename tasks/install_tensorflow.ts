import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { installTensorflow } from "../core/tensorflow/install/install.ts";
import { planInstall, tellPlan } from "../core/tensorflow/install/plan.ts";

const flags = z.strictObject({
  from: z.string().default("pip").describe(
    "pip (the libraries of TensorFlow's wheel), official (its C tarball), or a folder, .whl or .tar.gz",
  ),
  gpu: z.boolean().default(false).describe(
    "The CUDA build; with pip NVIDIA's libraries come along, of which those that are never loaded are left out",
  ),
  version: z.string().optional().describe(
    "A version such as 2.18.0, not compared with a checksum of the repository; without it the one that is",
  ),
  dry_run: z.boolean().default(false).describe("Say what would be downloaded and how large it is, and stop"),
});

/** Installs TensorFlow's C library for the tensorflow backend. */
export const task: Task<typeof flags> = {
  name: "install_tensorflow",
  about: "Install TensorFlow's C library into .tensorflow/ for the tensorflow backend.",
  examples: ["deno task install_tensorflow", "deno task install_tensorflow --gpu --dry-run"],
  flags,
  async run({ flags, output, quiet }) {
    const request = { from: flags.from, gpu: flags.gpu, version: flags.version ?? null };
    if (flags.dry_run) {
      const plan = planInstall(request);
      tellPlan(plan, output);
      return plan;
    }
    const installed = await installTensorflow({ ...request, quiet }, output);
    const megabytes = installed.files.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
    output.line(`TensorFlow ${installed.version} is installed: ${megabytes.toFixed(0)} MB in .tensorflow/`);
    for (const file of installed.files) output.line(`  ${file.sha256}  ${file.path}`);
    return installed;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
