import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { enqueue } from "../../core/queue/enqueue.ts";
import { longUnit, quickUnit, startSupervisor, testQueues, until } from "../core/queue/_with_queue.ts";
import { taskArguments, type TaskEnd } from "./_task_process.ts";

/** Runs a task that may reach the test's server, as tasks/_with_hosts.ts lets it. */
async function runInFolder(cwd: string, task: string, flags: readonly string[]): Promise<TaskEnd> {
  const [run, ...rest] = await taskArguments(task, flags);
  const args = [run!, "--allow-net=127.0.0.1", ...rest];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

testQueues("the tasks of a queue", {
  "status, cancel and retry go with one another": async (given) => {
    const { queue, store, address } = given;
    const run = (task: string, ...flags: string[]) =>
      runInFolder(store.folder, task, [`--queue=${address}`, ...flags]);
    await enqueue([longUnit("a"), quickUnit("b", ["a"])], queue, store);
    const stop = startSupervisor(given);
    await until(async () => (await queue.jobs.getJobCounts()).active === 1);

    await Deno.mkdir(join(store.folder, "results"));
    const status = await run("status", "--page=results/units.html");
    assertEquals(status.code, 0, status.stderr);
    assertStringIncludes(status.stdout, "2 units: 1 runs, 1 waits");
    assertStringIncludes(status.stdout, "waits for title of a");
    assertStringIncludes(await Deno.readTextFile(join(store.folder, "results", "units.html")), "title of a");

    assertStringIncludes((await run("cancel", "a", "b")).stdout, "2 units cancelled");
    await until(async () => (await queue.jobs.getJobCounts()).failed === 1);
    const { counts } = JSON.parse((await run("status", "--json")).stdout);
    assertEquals(counts, { runs: 0, failed: 0, waits: 0, cancelled: 2, done: 0 });

    await Deno.writeTextFile(join(store.folder, "open"), "");
    assertStringIncludes((await run("retry", "--failed")).stdout, "2 units to be run again");
    await until(async () => (await queue.jobs.getJobCounts()).completed === 2);
    await stop();
  },
  "what cannot be done is said with its exit code": async ({ queue, store, address }) => {
    await enqueue([quickUnit("train-1")], queue, store);
    const run = (task: string, ...flags: string[]) => runInFolder(store.folder, task, flags);
    const unknown = await run("cancel", `--queue=${address}`, "train-2");
    assertEquals(unknown.code, 3);
    assertStringIncludes(unknown.stderr, 'no unit "train-2"; did you mean "train-1"?');
    const neither = await run("retry", `--queue=${address}`);
    assertEquals(neither.code, 2);
    assertStringIncludes(neither.stderr, "Name units, or say --failed");
    const elsewhere = await run("status", "--queue=redis://elsewhere.example:7000/1");
    assertEquals(elsewhere.code, 2);
    assertStringIncludes(elsewhere.stderr, "--allow-net=elsewhere.example:7000");
  },
});
