/**
 * Runs a task with the right to reach the hosts that its flags name, and no others: a line of deno.json cannot know them.
 * Up to `--` stands what Deno is given to run the task, behind it what the user gave the task.
 */
import { namedHosts } from "../core/cli/named_hosts.ts";

const end = Deno.args.indexOf("--");
const [command = "run", ...rest] = Deno.args.slice(0, end), flags = Deno.args.slice(end + 1);
const hosts = namedHosts(flags), network = hosts.length === 0 ? [] : [`--allow-net=${hosts.join(",")}`];
const child = new Deno.Command(Deno.execPath(), { args: [command, ...network, ...rest, ...flags] }).spawn();

/** What asks the task to stop and reaches this process alone; it ends when the task does. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of SIGNALS) {
  Deno.addSignalListener(signal, () => {
    try {
      child.kill(signal);
    } catch { /* It has ended. */ }
  });
}
Deno.exit((await child.status).code);
