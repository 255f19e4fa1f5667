import { join } from "@std/path";
import { TextLineStream } from "./lines.ts";
import { type Measurement, OPERATIONS, type Ready, type Workload } from "./workload.ts";

/** A child process that measures when asked: contestants take turns, so that a noisy minute hits all of them. */
export interface Contestant {
  readonly workload: Workload;
  readonly ready: Ready;
  measure(): Promise<Measurement>;
  close(): Promise<void>;
}

const FOLDER = import.meta.dirname!;
const ROOT = join(FOLDER, "..", "..");

async function importsTorch(python: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(python, {
      args: ["-c", "import torch, torchvision"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** The Python that has PyTorch, or null. */
export async function findTorch(): Promise<string | null> {
  for (const python of ["python3", "/usr/bin/python3"]) if (await importsTorch(python)) return python;
  return null;
}

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

/** Starts a contestant and waits until it has warmed up; null, with the reason on the way, when it cannot run here. */
export async function startContestant(workload: Workload, python: string | null): Promise<Contestant | null> {
  if (workload.backend === "torch" && python === null) return null;
  const command = workload.backend === "torch" ? torchCommand(python!, workload) : denoCommand(workload);
  const child = command.spawn();
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
  const ready = await next<Ready>();
  if (!ready) {
    await close();
    return null;
  }
  const measure = async () => {
    await writer.write(new TextEncoder().encode("measure\n"));
    const measurement = await next<Measurement>();
    if (!measurement) throw new Error(`The contestant ${workload.backend} ended in the middle of a run`);
    return measurement;
  };
  return { workload, ready, measure, close };
}
