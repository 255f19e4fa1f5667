import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { loadConfig } from "../core/config/load.ts";
import { EXPORT_FORMATS, runExport } from "../core/export/run.ts";
import { configProblem } from "../core/base/problem.ts";

const flags = z.strictObject({
  config: z.array(z.string()).default([]).describe("Config file, as a positional argument; repeatable"),
  set: z.array(z.string()).default([]).describe("Override a key of the config; repeatable"),
  format: z.enum(EXPORT_FORMATS).default("safetensors").describe(
    "safetensors with PyTorch's names, tfjs (model.json for a browser) or onnx (operator set 17)",
  ),
  checkpoint: z.string().optional().describe(
    "File, or its name in the run's folder; newest average, best or last",
  ),
  output: z.string().optional().describe("Folder below results; <train.dir>/export when left out"),
  backend: z.string().optional().describe("Short for --set backend=..."),
});

/** Writes trained weights for other programs. */
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
    const paths = [...flags.config, ...positionals];
    if (paths.length === 0) {
      throw configProblem("Cannot export: no config is named", "Name a YAML file of configs/");
    }
    const set = [...flags.set, ...(flags.backend === undefined ? [] : [`backend=${flags.backend}`])];
    const { format, checkpoint, output: folder } = flags;
    const results = [];
    for (const path of paths) {
      const result = await runExport(await loadConfig(path, { set }), { format, checkpoint, folder, output });
      for (const file of result.files) output.line(`wrote ${file}`);
      results.push({ config: path, ...result });
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
