/** A contestant of the benchmark on one of Podium's backends: `runner.ts '<workload as JSON>'`, then one line a run. */
import process from "node:process";
import * as tf from "@tensorflow/tfjs";
import { runningBackend, startBackend } from "../../core/experiment/start_backend.ts";
import { Conv2d } from "../../core/nn/layers/conv2d.ts";
import { foldBatchNorms } from "../../core/nn/fold.ts";
import { Linear } from "../../core/nn/layers/linear.ts";
import { namedVariables } from "../../core/nn/named_variables.ts";
import type { Model } from "../../core/plugin/contracts.ts";
import { loadPlugins, type Registry } from "../../core/plugin/registry.ts";
import { Random } from "../../core/base/random.ts";
import { plainForward, RecordedForward } from "../../core/predict/folded_forward.ts";
import { createModel } from "../../core/experiment/create_model.ts";
import { tensorflowBinding } from "../../core/tensorflow/backend.ts";
import { backwardPass } from "../../core/train/backward_pass.ts";
import { StepRecorder } from "../../core/tensorflow/recording/recorder.ts";
import { RecordedPass } from "../../core/train/recorded_pass.ts";
import { tinyModel } from "../core/train/_tiny.ts";
import { TextLineStream } from "./lines.ts";
import { operationRuns } from "./operation_runs.ts";
import type { Absent, Measurement, Ready, Runs, Workload } from "./workload.ts";

const WARM_UP_RUNS = 3;

function pictures({ batch, size, channels }: Workload): tf.Tensor4D {
  const random = new Random(1, "bench");
  const values = Float32Array.from({ length: batch * size * size * channels }, () => random.uniform(-1, 1));
  return tf.tensor4d(values, [batch, size, size, channels]);
}

function sparseLabels({ batch, classes }: Workload): tf.Tensor2D {
  const values = Float32Array.from({ length: batch * classes }, (_, index) => (index % 7 === 0 ? 1 : 0));
  return tf.tensor2d(values, [batch, classes]);
}

/** A recorder that fails where it would go on eagerly, in float32. */
function recorderOf({ kind, precision = "float32" }: Workload): StepRecorder {
  const onRefusal = (reason: string) => {
    throw new Error(`its step cannot be recorded: ${reason}`);
  };
  return new StepRecorder({ precision, captures: kind === "inference", onRefusal });
}

function trainRuns(workload: Workload, registry: Registry, model: Model): Runs {
  const variables = namedVariables(model);
  const loss = registry.get("losses", "binary_focal_loss").create({}, {
    classes: workload.classes,
    target: "class_set",
  });
  const optimizer = registry.get("optimizers", "adam").create({ lr: 1e-4 }, { variables });
  const batch = { images: pictures(workload), labels: sparseLabels(workload) };
  const parts = { model, loss, variables };
  const recorded = workload.recorded ? new RecordedPass(parts, recorderOf(workload)) : null;
  const step = async () => {
    const { loss: value, logits, gradients } = recorded?.run(batch) ?? backwardPass(parts, batch);
    optimizer.step(gradients, optimizer.learningRate);
    await value.data();
    tf.dispose([value, logits, gradients]);
  };
  return { step };
}

function inferenceRuns(workload: Workload, model: Model): Runs {
  const images = pictures(workload);
  const folded = foldBatchNorms(model);
  const forward = workload.recorded
    ? new RecordedForward(folded, recorderOf(workload))
    : { run: plainForward(folded) };
  const step = async () => {
    const probabilities = tf.tidy(() => tf.sigmoid(forward.run(images)));
    await probabilities.data();
    probabilities.dispose();
  };
  return { step };
}

function forwardFlops(model: Model): number {
  return model.layers.reduce((sum, layer) => {
    const shape = layer.outputShape as number[];
    if (layer instanceof Conv2d) {
      const [height, width, inputs, outputs] = layer.parameters.get("weight")!.variable.shape as number[];
      return sum + 2 * shape[1]! * shape[2]! * height! * width! * inputs! * outputs!;
    }
    return layer instanceof Linear ? sum + 2 * layer.parameters.get("weight")!.variable.size : sum;
  }, 0);
}

async function prepare(workload: Workload): Promise<{ runs: Runs; line: string; flops: number }> {
  const registry = await loadPlugins([], ["backends", "models", "losses", "optimizers"]);
  registry.add(tinyModel, "_tiny.ts");
  const line = await startBackend(registry, workload.backend, { threads: workload.threads });
  const precisions = runningBackend(registry)?.precisions?.() ?? ["float32"], { precision } = workload;
  if (precision !== undefined && !precisions.includes(precision)) {
    throw new Error(`it computes in ${precisions.join(", ")} here`);
  }
  if (workload.kind === "ops") return { runs: operationRuns(), line, flops: 0 };
  const params = workload.width === undefined ? {} : { width: workload.width };
  const model = createModel({ model: { name: workload.model, params }, seed: 1 }, registry, workload);
  const runs = workload.kind === "train"
    ? trainRuns(workload, registry, model)
    : inferenceRuns(workload, model);
  return { runs, line, flops: forwardFlops(model) };
}

function launchesSoFar(backend: string): number | null {
  return backend === "tensorflow" ? tensorflowBinding().executor.launches : null;
}

let peakBytes = 0;

/** Runs between two collections. */
const COLLECT_EVERY = 50;

let measured = 0;
let residentBytes = 0;

function readMemory({ collect }: Workload): void {
  if (collect && measured % COLLECT_EVERY === 0) (globalThis as { gc?: () => void }).gc?.();
  if (!collect || measured % COLLECT_EVERY === 0) residentBytes = Deno.memoryUsage().rss;
  peakBytes = Math.max(peakBytes, residentBytes);
  measured++;
}

async function measure(runs: Runs, workload: Workload): Promise<Measurement> {
  const { backend } = workload;
  const milliseconds: Record<string, number> = {};
  const before = launchesSoFar(backend);
  const cpuBefore = process.cpuUsage();
  for (const [name, run] of Object.entries(runs)) {
    const start = performance.now();
    await run();
    milliseconds[name] = performance.now() - start;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  readMemory(workload);
  const launches = before === null ? null : launchesSoFar(backend)! - before;
  const memory = { residentBytes, tensors: tf.memory().numTensors, peakBytes };
  return { milliseconds, cpuMilliseconds: (user + system) / 1000, launches, ...memory };
}

async function warmUp(workload: Workload): Promise<Awaited<ReturnType<typeof prepare>>> {
  const prepared = await prepare(workload);
  for (let round = 0; round < WARM_UP_RUNS; round++) await measure(prepared.runs, workload);
  return prepared;
}

function say(message: Ready | Absent | Measurement): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
}

if (import.meta.main) {
  const workload: Workload = JSON.parse(Deno.args[0]!);
  const { runs, line, flops } = await warmUp(workload).catch((error) => {
    say({ absent: error instanceof Error ? error.message : String(error) });
    Deno.exit(1);
  });
  say({ line, flops });
  const requests = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const _request of requests) say(await measure(runs, workload));
}
