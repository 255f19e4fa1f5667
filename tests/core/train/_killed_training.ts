// A training in its own process, for tests that kill it: deno run ... _killed_training.ts <dir> <backend> <delay>
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { interruptible } from "../../../core/cli/interrupt.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import { Problem } from "../../../core/base/problem.ts";
import { tinyConfig, tinyOptions } from "./_tiny.ts";

const [dir, backend, delay] = Deno.args as [string, string, string];
const backends = await loadPlugins([], ["backends"]);
await backends.get("backends", backend).create({}, { threads: 1 }).start();
const config = tinyConfig(dir, {
  train: { num_epochs: 8, num_grad_acc: 2 },
  scheduler: { name: "reduce_lr_on_plateau", params: { patience: 0 } },
  checkpoint: { every_steps: 1, keep: 2 },
});
const options = await tinyOptions(config, { delay: Number(delay) });
try {
  await interruptible(() => {}, (signal) => trainModel({ ...options, signal }));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  Deno.exit(error.exitCode);
}
