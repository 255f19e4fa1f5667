import { z } from "zod";
import { configFlags, namedExperiments } from "./_config_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { EXPORT_FORMATS, exportWeights } from "../mod.ts";

const flags = z.strictObject({
  ...configFlags,
  format: z.enum(EXPORT_FORMATS).default("safetensors").describe(
    "safetensors with PyTorch's names, tfjs (model.json for a browser) or onnx (operator set 17)",
  ),
  checkpoint: z.string().optional().describe(
    "File, or its name in the run's folder; newest average, best or last",
  ),
  output: z.string().optional().describe("Folder below results; <train.dir>/export when left out"),
});

/** Exports trained weights for other programs. */
export const task: Task<typeof flags> = {
  name: "export_weights",
  about: "Write trained weights for PyTorch, a browser or ONNX runtimes",
  examples: [
    "deno task export_weights configs/resnet34.0.policy.yml --format onnx",
    "deno task export_weights configs/resnet34.0.policy.yml --format tfjs --checkpoint=swa.10.040",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const { format, checkpoint, output: folder } = flags;
    const results = [];
    for (const experiment of await namedExperiments("export", { flags, positionals, output })) {
      const result = await exportWeights(experiment, { format, checkpoint, folder });
      for (const file of result.files) output.line(`wrote ${file}`);
      results.push({ config: experiment.path, ...result });
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
