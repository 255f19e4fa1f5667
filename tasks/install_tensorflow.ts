import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { installTensorflow } from "../core/tensorflow/install/install.ts";

const flags = z.strictObject({
  from: z.string().default("pip").describe(
    "pip (the libraries of TensorFlow's wheel), official (its C tarball), or a folder, .whl or .tar.gz",
  ),
  gpu: z.boolean().default(false).describe("The CUDA build; with pip NVIDIA's libraries come along"),
  version: z.string().optional().describe(
    "A version such as 2.18.0, not compared with a checksum of the repository; without it the one that is",
  ),
});

/** Installs TensorFlow's C library for the tensorflow backend. */
export const task: Task<typeof flags> = {
  name: "install_tensorflow",
  about: "Install TensorFlow's C library into .tensorflow/ for the tensorflow backend.",
  examples: ["deno task install_tensorflow", "deno task install_tensorflow --gpu"],
  flags,
  async run({ flags, output, quiet }) {
    const request = { from: flags.from, gpu: flags.gpu, version: flags.version ?? null };
    const installed = await installTensorflow({ ...request, quiet }, output);
    const megabytes = installed.files.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
    output.line(`TensorFlow ${installed.version} is installed: ${megabytes.toFixed(0)} MB in .tensorflow/`);
    for (const file of installed.files) output.line(`  ${file.sha256}  ${file.path}`);
    return installed;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
