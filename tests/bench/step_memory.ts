import type { Output } from "../../core/base/output.ts";
import { startContestant } from "./contestant.ts";
import { contestantName } from "./modes.ts";
import type { Mode, Workload } from "./workload.ts";

const STEPS = 3;

const MODES: readonly Mode[] = [{}, { recorded: true }, { recorded: true, precision: "bfloat16" }];

/** Resident memory of a process over training steps, in bytes. */
export interface StepMemory {
  /** The largest while steps are computed. */
  readonly peak: number;
  /** Between steps: the program, weights, moments of the optimizer. */
  readonly between: number;
}

/** What Linux says of a process: its resident memory (VmRSS) or the peak of that since it was last reset (VmHWM). */
async function readStatus(pid: number, key: "VmRSS" | "VmHWM"): Promise<number> {
  return 1024 * Number(await shell(`awk '/^${key}:/ { print $2 }' /proc/${pid}/status`));
}

/** Deno itself opens no files below /proc without all permissions. */
async function shell(command: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  if (!success) throw new Error(`Cannot read a process' memory, which takes Linux: ${command}`);
  return new TextDecoder().decode(stdout);
}

async function watchSteps(workload: Workload, output: Output): Promise<StepMemory | null> {
  const contestant = await startContestant(workload, null);
  if ("absent" in contestant) {
    output.warn(`${contestantName(workload)} is left out: ${contestant.absent}`);
    return null;
  }
  const { pid } = contestant;
  const peaks: number[] = [], betweens: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    betweens.push(await readStatus(pid, "VmRSS"));
    await shell(`echo 5 > /proc/${pid}/clear_refs`);
    await contestant.measure();
    peaks.push(await readStatus(pid, "VmHWM"));
  }
  await contestant.close();
  return { peak: Math.max(...peaks), between: Math.min(...betweens) };
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** Measures and prints the memory of training steps of ResNet-34, 256 px, batch 32, each mode in a process of its own. */
export async function measureStepMemory(output: Output): Promise<Record<string, StepMemory>> {
  const base = { kind: "train", model: "resnet34", size: 256, batch: 32, channels: 4, classes: 28 } as const;
  const all: Record<string, StepMemory> = {};
  for (const mode of MODES) {
    const workload = { ...base, ...mode, backend: "tensorflow", threads: 1, returnMemory: true };
    const memory = await watchSteps(workload, output);
    if (memory) all[contestantName(workload)] = memory;
  }
  const activations = ({ peak, between }: StepMemory) => peak - between;
  const reference = all["tensorflow, recorded"];
  output.line("memory of a training step: resnet34, 256 px, batch 32, MiB");
  output.table(
    ["contestant", "peak", "between steps", "activations and gradients", "x recorded float32"],
    Object.entries(all).map(([name, memory]) => [
      name,
      mebibytes(memory.peak),
      mebibytes(memory.between),
      mebibytes(activations(memory)),
      reference ? (activations(memory) / activations(reference)).toFixed(2) : "",
    ]),
  );
  return all;
}
