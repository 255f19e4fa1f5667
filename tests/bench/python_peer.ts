import { join } from "@std/path";
import { TextLineStream } from "./lines.ts";

/** A Python process that answers one JSON line to each JSON line. */
export class Peer {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(python: string, script: string) {
    this.#process = new Deno.Command(python, {
      args: [join(import.meta.dirname!, script)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    const lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    this.#lines = lines.getReader();
  }

  /** Asks and waits for the answer. */
  async ask<Answer>(request: unknown): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    const { value, done } = await this.#lines.read();
    if (done || value === undefined) throw new Error("The Python process ended without an answer");
    return JSON.parse(value) as Answer;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
  }
}

async function hasPackages(python: string, packages: string): Promise<boolean> {
  try {
    const args = ["-c", `import ${packages}`];
    return (await new Deno.Command(python, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/**
 * A script of this folder, run by the first Python that has its packages: $PODIUM_PYTHON, python3; null when there is none.
 */
export async function findPeer(
  script = "hygiene_reference.py",
  packages = "imagehash, iterstrat",
): Promise<Peer | null> {
  for (const python of [Deno.env.get("PODIUM_PYTHON"), "python3", "/usr/bin/python3"]) {
    if (python !== undefined && await hasPackages(python, packages)) return new Peer(python, script);
  }
  return null;
}
