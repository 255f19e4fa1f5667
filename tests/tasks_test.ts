import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "@std/path";
import { OWN_DENO, ownCommand } from "./tasks/_task_process.ts";

const ROOT = join(import.meta.dirname!, "..");

/** What each task asks for, read from deno.json. */
const tasks = Object.entries(
  (JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json"))) as {
    tasks: Record<string, { description: string; command: string }>;
  }).tasks,
);

const DOWNLOADING = ["install_tensorflow", "download_weights", "kaggle_download", "kaggle_submit"];
/** It serves pages on this machine, and reaches nothing else. */
const SERVING = "watch";
/** What a task may read beside the project: Kaggle's token, and Deno itself, which a bundle takes along. */
const READ_BESIDE: Readonly<Record<string, string>> = {
  kaggle_download: ",$HOME/.kaggle",
  kaggle_submit: ",$HOME/.kaggle",
  bundle: `,${OWN_DENO}`,
};
/** They are started with the right to reach the hosts in their flags; what starts them may run Deno, and no plugin. */
const WITH_HOSTS = ["worker", "status", "enqueue", "cancel", "retry"];
/** Tasks for those who work on Podium itself; they start other programs. */
const DEVELOPMENT = ["ok", "test", "test_native", "soak", "bench"];

describe("deno.json", () => {
  for (const [name, { description, command }] of tasks) {
    it(`describes ${name} and never runs it with all permissions`, () => {
      assert(description.length > 5);
      assert(!/\s(-A|--allow-all)\b/.test(command));
    });
    if (DEVELOPMENT.includes(name)) continue;
    it(`gives ${name} no network, or named hosts where it downloads`, () => {
      const net = command.match(/--allow-net\S*/g) ?? [];
      if (name === SERVING) return assertEquals(net, ["--allow-net=127.0.0.1"]);
      assertEquals(net.length, DOWNLOADING.includes(name) ? 1 : 0);
      for (const flag of net) assert(flag.startsWith("--allow-net="), "hosts are named");
    });
    it(`lets ${name} write named folders only and run nothing`, () => {
      assert(!/--allow-write(\s|$)/.test(command));
      if (name !== "install_tensorflow") assert(!ownCommand(command).includes("--allow-run"));
      const starting = command.match(/--allow-run[^"]*/g) ?? [];
      if (WITH_HOSTS.includes(name)) assertEquals(starting, [`--allow-run=${OWN_DENO}`]);
    });
    // It takes no config, so no plugin runs in it, and it reads the folder that the user names.
    if (name === "install_tensorflow") continue;
    it(`installs what deno.lock names before ${name}, which then brings in nothing and asks nothing`, () => {
      const run = "deno install --quiet --frozen && deno run --no-prompt --frozen --cached-only --no-remote ";
      assert(command.startsWith(run), command);
      const own = `${run.split(" && ")[1]!.slice("deno ".length)}--allow-read=. `;
      if (WITH_HOSTS.includes(name)) assert(command.includes(` tasks/_with_hosts.ts ${own}`), command);
      assert(command.endsWith(` tasks/${name}.ts${WITH_HOSTS.includes(name) ? " --" : ""}`), command);
    });
    it(`lets ${name} read the project and what it must beside it only, and names all that it may do`, () => {
      assertEquals(command.match(/--allow-read[^" ]*( eval [^" ]*)?/g), [
        `--allow-read=.${READ_BESIDE[name] ?? ""}`,
      ]);
      for (const flag of command.match(/--allow-\S+/g) ?? []) assert(flag.includes("="), flag);
    });
  }
  it("has a task file for every task and a task for every file", () => {
    const files = [...Deno.readDirSync(join(ROOT, "tasks"))].map((entry) => entry.name.replace(/\.ts$/, ""));
    const named = tasks.map(([name]) => name).filter((name) => !DEVELOPMENT.includes(name));
    assertEquals(files.filter((name) => !name.startsWith("_")).sort(), named.sort());
  });
});
