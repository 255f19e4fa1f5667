import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ROOT } from "./_task_process.ts";

const TASK = fromFileUrl(new URL("./_print_network.ts", import.meta.url));
const ENVIRONMENT = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };

/** Starts a task with flags through the door, asks it to stop once it speaks; what it said, and its exit code. */
async function runWith(flags: readonly string[]): Promise<unknown[]> {
  const door = ["run", "--no-check", "--allow-run", "--allow-env", join(ROOT, "tasks", "_with_hosts.ts")];
  const args = [...door, "run", "--no-prompt", "--no-check", TASK, "--", ...flags];
  const child = new Deno.Command(Deno.execPath(), { args, env: ENVIRONMENT, stdout: "piped" }).spawn();
  let said = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (said.endsWith("\n")) child.kill("SIGTERM");
  }
  return [...JSON.parse(said) as unknown[], (await child.status).code];
}

Deno.test("a task may reach the hosts that its flags name, hears what asks it to stop, and ends as it will", async () => {
  const both = ["x", "--queue=redis://user:secret@redis:6379/0", "--store", "s3://bucket/prefix"];
  assertEquals(await runWith(both), [both, [true, false, true, false], 7]);
  const folder = ["--store=results/store", "--"];
  assertEquals(await runWith(folder), [folder, [false, false, false, false], 7]);
});
