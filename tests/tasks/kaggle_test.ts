import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readSubmissionLog } from "../../core/kaggle/submission_log.ts";
import { buildZip } from "../core/formats/_build_archives.ts";
import { type LocalKaggle, TOKEN, withKaggle } from "../core/kaggle/_service.ts";
import { inFolder } from "../_in_folder.ts";
import { taskArguments, type TaskEnd } from "./_task_process.ts";

// The real service is not reached: a preloaded module sends what is for Kaggle's hosts to a local one. Everything else is
// as the user has it: the task's file, its permissions but for the hosts, its files and its environment.

const STORAGE = "https://storage.googleapis.com";

interface Project {
  readonly service: LocalKaggle;
  readonly folder: string;
  readonly start: (
    task: string,
    flags: readonly string[],
    token?: string | null,
  ) => Promise<Deno.ChildProcess>;
}

/** A module that sends requests for Kaggle's hosts to the local service. */
function redirecting({ access, storage }: LocalKaggle): string {
  const api = new URL(access.service.api).origin;
  const hosts = JSON.stringify({ "https://www.kaggle.com": api, [STORAGE]: storage });
  return `const hosts = ${hosts}, send = globalThis.fetch;
    globalThis.fetch = (url, init) => send(hosts[new URL(url).origin] + url.slice(new URL(url).origin.length), init);`;
}

async function withProject(use: (project: Project) => Promise<void>): Promise<void> {
  await withKaggle((service) =>
    inFolder(async (folder) => {
      service.elsewhere = STORAGE;
      service.archive = await buildZip({ "train.csv": "Id,label\na,1\n" });
      const preload = join(folder, "redirecting.js"), home = join(folder, "home");
      await Deno.writeTextFile(preload, redirecting(service));
      const start = async (
        task: string,
        flags: readonly string[],
        token: string | null = TOKEN.split(" ")[1]!,
      ) => {
        const [run, ...words] = (await taskArguments(task, flags)).map((word) =>
          word.replace("$HOME", home).replace(/^--allow-net=.*/, "--allow-net=127.0.0.1,localhost")
        );
        const env = { HOME: home, NO_COLOR: "1", ...(token === null ? {} : { KAGGLE_API_TOKEN: token }) };
        return new Deno.Command(Deno.execPath(), {
          args: [run!, "--preload", preload, ...words],
          cwd: folder,
          env: { ...env, DENO_DIR: denoFolder },
          stdout: "piped",
          stderr: "piped",
        }).spawn();
      };
      await use({ service, folder, start });
    })
  );
}

/** Where Deno keeps its modules: another HOME must not make it bring them in again. */
const denoFolder = JSON.parse(new TextDecoder().decode(
  (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
)).denoDir as string;

async function endOf(child: Deno.ChildProcess): Promise<TaskEnd> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("kaggle_download and kaggle_submit go from a competition's name to the score in the log", async () => {
  await withProject(async ({ service, folder, start }) => {
    const downloaded = await endOf(await start("kaggle_download", ["cells"]));
    assertEquals([downloaded.code, downloaded.stdout], [0, "unpacked: 1 files in data\n"], downloaded.stderr);
    assertMatch(downloaded.stderr, /downloaded of cells, MB/);
    assertEquals(await Deno.readTextFile(join(folder, "data", "train.csv")), "Id,label\na,1\n");

    const file = "submissions/submission.csv";
    await Deno.mkdir(join(folder, "submissions"));
    await Deno.writeTextFile(join(folder, file), "Id,label\n");
    const sent = await endOf(await start("kaggle_submit", [file, "-m", "first try"]));
    assertEquals(sent.code, 0, sent.stderr);
    assertStringIncludes(sent.stdout, "submitted submissions/submission.csv to cells: number 1000");
    Object.assign(service.submissions[0]!, { status: "complete", publicScore: "0.75" });
    const log = await endOf(await start("kaggle_submit", ["--log"]));
    assertEquals(log.code, 0, log.stderr);
    assertStringIncludes(log.stdout, "0.75");
    const [row] = await readSubmissionLog(join(folder, "submissions", "log.csv"));
    assertEquals([row!.message, row!.public_score], ["first try", "0.75"]);
    const waiting = await start("kaggle_submit", [file, "-m", "second", "--wait", "--json"]);
    while (service.seen.at(-1)!.path.includes("/list/") === false || service.submissions.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    waiting.kill("SIGINT");
    const stopped = await endOf(waiting);
    assertEquals(stopped.code, 130, stopped.stderr);
    assertStringIncludes(stopped.stderr, 'saved to "submissions/log.csv"');
  });
});

Deno.test("Ctrl-C ends kaggle_download with 130; the same command goes on from there", async () => {
  await withProject(async ({ service, folder, start }) => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    service.archive = await buildZip({ "train.csv": "Id,label\na,1\n", "a.png": bytes });
    service.stallAfter = 20_000;
    const child = await start("kaggle_download", ["cells"]);
    const part = join(folder, "data", "cells.zip.part");
    const arrived = () => Deno.stat(part).then(({ size }) => size, () => 0);
    while (await arrived() < 20_000) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stderr } = await endOf(child);
    assertEquals(code, 130, stderr);
    assertStringIncludes(stderr, 'Interrupted; saved to "data/cells.zip.part"');
    assertEquals(await arrived(), 20_000);
    service.stallAfter = 0;
    assertEquals((await endOf(await start("kaggle_download", ["cells"]))).code, 0);
    assertEquals(service.seen.at(-1)!.range, "bytes=20000-");
    assertEquals(await Deno.readFile(join(folder, "data", "a.png")), bytes);
  });
});

Deno.test("the tasks read kaggle.json at home, and tell what is missing", async () => {
  await withProject(async ({ service, folder, start }) => {
    const none = await endOf(await start("kaggle_download", ["cells"], null));
    assertEquals(none.code, 2);
    assertStringIncludes(none.stderr, "there is no KAGGLE_API_TOKEN");
    await Deno.mkdir(join(folder, "home", ".kaggle"), { recursive: true });
    await Deno.writeTextFile(join(folder, "home", ".kaggle", "access_token"), TOKEN.split(" ")[1]!);
    assertEquals((await endOf(await start("kaggle_download", ["cells"], null))).code, 0);
    assert(service.seen.length > 0);
  });
});

const MISTAKES: readonly [task: string, flags: readonly string[], code: number, said: string][] = [
  ["kaggle_download", [], 2, "0 competitions are named"],
  ["kaggle_download", ["a", "b"], 2, "2 competitions are named"],
  ["kaggle_download", ["cells", "--out=elsewhere"], 2, "only data/ may be written to"],
  ["kaggle_download", ["birds"], 2, "https://www.kaggle.com/c/birds/rules"],
  ["kaggle_submit", [], 2, "0 files are named"],
  ["kaggle_submit", ["a.csv"], 2, "there is no message"],
  ["kaggle_submit", ["a.csv", "--log"], 2, "with --log"],
  ["kaggle_submit", ["a.csv", "-m", "first"], 3, "there is no such file"],
  ["kaggle_submit", ["redirecting.js", "-m", "first"], 2, "no competition is named"],
];

Deno.test("mistakes are told with the way out of them", async () => {
  await withProject(async ({ start }) => {
    for (const [task, flags, code, said] of MISTAKES) {
      const end = await endOf(await start(task, flags));
      assertEquals(end.code, code, end.stderr);
      assertStringIncludes(end.stderr, said);
      assertStringIncludes(end.stderr, "next: ");
    }
  });
});
