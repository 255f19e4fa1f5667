import { join } from "@std/path";
import type { QueueServer } from "../../_queue_server.ts";
import { ROOT } from "../../tasks/_task_process.ts";

/** Starts a worker of fake units, with no more permissions than a queue needs; `lock` as `supervise` takes it. */
export function fakeWorker(
  { address, host }: Pick<QueueServer, "address" | "host">,
  folder: string,
  { lock }: { readonly lock?: number },
): Deno.ChildProcess {
  const places = [`--allow-net=${host}`, `--allow-read=${ROOT},${folder}`, `--allow-write=${folder}`];
  const only = ["--no-prompt", "--no-check", "--frozen", "--cached-only", "--no-remote", "--ignore-env"];
  const script = join(ROOT, "tests", "core", "queue", "_fake_worker.ts");
  const said = Deno.env.get("PODIUM_TEST_SHOW") === "1" ? "inherit" : "null";
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...only,
      "--config",
      join(ROOT, "deno.json"),
      ...places,
      script,
      address,
      folder,
      ...(lock === undefined ? [] : [`${lock}`]),
    ],
    stdin: "null",
    stdout: said,
    stderr: said,
  }).spawn();
}
