import { join } from "@std/path";
import { TextLineStream } from "./lines.ts";
import { configProblem } from "../../core/base/problem.ts";
import { type Absent, type Measurement, OPERATIONS, type Ready, type Workload } from "./workload.ts";

/** A child process that measures when asked: contestants take turns, so that a noisy minute hits all of them. */
export interface Contestant {
  readonly workload: Workload;
  readonly ready: Ready;
  readonly pid: number;
  measure(): Promise<Measurement>;
  close(): Promise<void>;
}

const FOLDER = import.meta.dirname!;
const ROOT = join(FOLDER, "..", "..");

/** A Python that has PyTorch. */
export interface Torch {
  readonly python: string;
  readonly version: string;
}

async function torchOf(python: string): Promise<Torch | null> {
  try {
    const args = ["-c", "import torch, torchvision; print(torch.__version__)"];
    const { success, stdout } = await new Deno.Command(python, { args, stderr: "null" }).output();
    return success ? { python, version: new TextDecoder().decode(stdout).trim() } : null;
  } catch {
    return null;
  }
}

/**
 * The named Python, or else the first on the path that has PyTorch; null when none has.
 *
 * @throws a config problem when the named one has no PyTorch
 */
export async function findTorch(named?: string): Promise<Torch | null> {
  for (const python of named === undefined ? ["python3", "/usr/bin/python3"] : [named]) {
    const torch = await torchOf(python);
    if (torch) return torch;
  }
  if (named === undefined) return null;
  throw configProblem(
    `Cannot measure torch with --python ${JSON.stringify(named)}: it cannot import torch and torchvision`,
    "Name a Python that can, or leave --python out",
  );
}

/** TensorFlow's allocator keeps what is freed; glibc's unmaps blocks of this size. */
const RETURN_MEMORY = { TF_ONEDNN_USE_SYSTEM_ALLOCATOR: "1", MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

function denoCommand(workload: Workload): Deno.Command {
  const permissions = ["--allow-read", "--allow-env", "--allow-ffi", "--allow-sys"];
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--v8-flags=--expose-gc",
      ...permissions,
      join(FOLDER, "runner.ts"),
      JSON.stringify(workload),
    ],
    cwd: ROOT,
    env: workload.returnMemory ? RETURN_MEMORY : {},
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
}

function torchCommand(python: string, workload: Workload): Deno.Command {
  return new Deno.Command(python, {
    args: [
      join(FOLDER, "torch_reference.py"),
      JSON.stringify({ ...workload, operations: OPERATIONS.map(({ name }) => name) }),
    ],
    env: { OMP_NUM_THREADS: String(workload.threads || navigator.hardwareConcurrency) },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
}

/** Starts a contestant and waits until it has warmed up, or until it says why it cannot run here. */
export async function startContestant(
  workload: Workload,
  torch: Torch | null,
): Promise<Contestant | Absent> {
  const isTorch = workload.backend === "torch";
  if (isTorch && torch === null) {
    return { absent: "no Python with torch and torchvision is found; --python names one" };
  }
  const child = (isTorch ? torchCommand(torch!.python, workload) : denoCommand(workload)).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const next = async <Message>(): Promise<Message | null> => {
    // Libraries print banners; messages are the lines that are JSON objects.
    for (let line = await lines.read(); !line.done; line = await lines.read()) {
      if (line.value.startsWith("{")) return JSON.parse(line.value);
    }
    return null;
  };
  const close = async () => {
    await writer.close().catch(() => {});
    await lines.cancel().catch(() => {});
    await child.status;
  };
  const ready = await next<Ready | Absent>() ?? { absent: "it ended at its start" };
  if ("absent" in ready) {
    await close();
    return ready;
  }
  const measure = async () => {
    await writer.write(new TextEncoder().encode("measure\n"));
    const measurement = await next<Measurement>();
    if (!measurement) throw new Error(`The contestant ${workload.backend} ended in the middle of a run`);
    return measurement;
  };
  return { workload, ready, pid: child.pid, measure, close };
}
