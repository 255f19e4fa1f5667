import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { findRuns } from "../../../core/watch/find_runs.ts";
import { runPage } from "../../../core/run_page/run_page.ts";
import { type WatchedRuns, watchRuns } from "../../../core/watch/watch_runs.ts";
import { inFolder } from "../../_in_folder.ts";
import { runState } from "../run_page/_run_state.ts";

/** A run folder with so many epochs, with its page or without. */
async function makeRun(folder: string, epochs: number, { page = true } = {}): Promise<void> {
  const state = runState(epochs, { dir: folder });
  await Deno.mkdir(join(folder, "checkpoint"), { recursive: true });
  const lines = state.history.map((record) => JSON.stringify(record) + "\n");
  await Deno.writeTextFile(join(folder, "history.jsonl"), lines.join(""));
  await Deno.writeTextFile(join(folder, "checkpoint", "secret.txt"), "a secret");
  if (page) await Deno.writeTextFile(join(folder, "index.html"), runPage(state));
}

async function served(folders: string[], use: (watched: WatchedRuns) => Promise<void>): Promise<void> {
  const watched = await watchRuns({ folders, port: 0 });
  try {
    await use(watched);
  } finally {
    await watched.close();
  }
}

/** What a server answers to lines that no well-behaved client sends. */
async function answerTo(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request.replaceAll("PORT", port)));
  return await new Response(connection.readable).text();
}

const addressOf = (root: string, run: string) => new URL(`/run/${encodeURIComponent(run)}/`, root).href;

describe("findRuns()", () => {
  it("finds folders with a history, at any of a few depths, the named ones too", () =>
    inFolder(async (root) => {
      await makeRun(join(root, "results", "a"), 1);
      await makeRun(join(root, "results", "b", "fold 0"), 1);
      await Deno.mkdir(join(root, "results", "c"));
      const runs = [join(root, "results", "a"), join(root, "results", "b", "fold 0")];
      assertEquals(await findRuns([join(root, "results")]), runs);
      assertEquals(await findRuns([`${runs[0]!}/`, root]), runs);
    }));
});

describe("watchRuns()", () => {
  it("lists runs, and shows each under its address", () =>
    inFolder(async (root) => {
      const [first, second] = [join(root, "a"), join(root, "a run?")] as [string, string];
      await makeRun(first, 2);
      await makeRun(second, 3);
      await served([root], async ({ url, runs }) => {
        assertEquals(runs, [first, second]);
        const list = await (await fetch(url)).text();
        const links = [...list.matchAll(/href="([^"]+)"/g)].map(([, link]) => new URL(link!, url).href);
        assertEquals(new Set(links), new Set(runs.map((run) => addressOf(url, run))));
        assertStringIncludes(
          await (await fetch(addressOf(url, second))).text(),
          "running, 3 of 40 epochs done",
        );
        const history = await fetch(`${addressOf(url, first)}history.jsonl`);
        assertEquals(await history.text(), await Deno.readTextFile(join(first, "history.jsonl")));
      });
    }));

  it("begins at the page of an only run, and shows those that come later", () =>
    inFolder(async (root) => {
      await makeRun(join(root, "a"), 1);
      await served([root], async ({ url }) => {
        assertEquals(url, addressOf(url, join(root, "a")));
        await makeRun(join(root, "b"), 1);
        const later = await fetch(addressOf(url, join(root, "b")));
        assertEquals([later.status, await later.text().then((text) => text.length > 0)], [200, true]);
      });
    }));

  it("answers 304 until the page changes, and lets no script but its own run", () =>
    inFolder(async (root) => {
      const run = join(root, "a");
      await makeRun(run, 1);
      await served([run], async ({ url }) => {
        const first = await fetch(url), tag = first.headers.get("etag")!;
        const policy = first.headers.get("content-security-policy")!, text = await first.text();
        const nonce = policy.match(/script-src 'nonce-([^']+)'/)![1]!;
        assertStringIncludes(text, `<script nonce="${nonce}"`);
        assertMatch(policy, /^default-src 'none'/);
        const again = () => fetch(url, { headers: { "if-none-match": tag } });
        assertEquals((await again()).status, 304);
        await makeRun(run, 2);
        const changed = await again();
        assertEquals(changed.status, 200);
        assertStringIncludes(await changed.text(), "running, 2 of 40 epochs done");
      });
    }));

  it("draws the page of a run that has none, also while a line of its history is being written", () =>
    inFolder(async (root) => {
      await makeRun(root, 4, { page: false });
      await Deno.writeTextFile(join(root, "history.jsonl"), '{"epoch":4,"st', { append: true });
      await served([root], async ({ url }) => {
        const page = await (await fetch(url)).text();
        assertStringIncludes(page, "4 epochs done");
        assertStringIncludes(page, "Metric: macro F1");
      });
    }));

  it("gives out nothing but the pages and histories of runs", () =>
    inFolder(async (root) => {
      const run = join(root, "results", "a");
      await makeRun(run, 1);
      await Deno.writeTextFile(join(root, "secret.txt"), "a secret");
      await Deno.mkdir(join(root, "outside"));
      await makeRun(join(root, "outside", "other"), 1);
      const up = [
        "../../secret.txt",
        "..%2f..%2fsecret.txt",
        "checkpoint/secret.txt",
        "%2e%2e/%2e%2e/secret.txt",
      ];
      const names = [
        `${run}/../../outside/other`,
        join(root, "outside", "other"),
        `${run}/checkpoint`,
        run + "\0",
        root,
      ];
      const paths = [
        ...up.map((path) => `/run/${encodeURIComponent(run)}/${path}`),
        ...names.map((name) => `/run/${encodeURIComponent(name)}/`),
        ...["/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd", "/run/%ff/", "/run//", "/secret.txt"],
        `/run/${encodeURIComponent(run)}`,
      ];
      await served([join(root, "results")], async ({ url }) => {
        for (const path of paths) {
          const told = await answerTo(
            url,
            `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:PORT\r\nconnection: close\r\n\r\n`,
          );
          assertMatch(told, /^HTTP\/1.1 40[04] /, path);
          assert(!told.includes("a secret"), path);
        }
      });
    }));

  it("does not follow links in a run folder", () =>
    inFolder(async (root) => {
      const run = join(root, "a");
      await makeRun(run, 1, { page: false });
      await Deno.writeTextFile(join(root, "secret.txt"), "a secret");
      for (const name of ["index.html", "history.jsonl"]) {
        await Deno.remove(join(run, name)).catch(() => {});
        await Deno.symlink(join(root, "secret.txt"), join(run, name));
      }
      await served([run], async ({ url }) => {
        for (const place of [addressOf(url, run), `${addressOf(url, run)}history.jsonl`]) {
          const answer = await fetch(place);
          assertEquals(answer.status, 404);
          assert(!(await answer.text()).includes("a secret"));
        }
      });
    }));

  it("answers to this machine's names only, and to GET only", () =>
    inFolder(async (root) => {
      await makeRun(root, 1);
      await served([root], async ({ url }) => {
        const ask = (method: string, host: string) =>
          answerTo(url, `${method} / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
        for (const host of ["127.0.0.1:PORT", "localhost:PORT"]) {
          assertMatch(await ask("GET", host), /^HTTP\/1.1 200/);
        }
        for (
          const host of [
            "evil.example",
            "evil.example:PORT",
            "localhost",
            "localhost:1",
            "127.0.0.1.evil:PORT",
          ]
        ) {
          assertMatch(await ask("GET", host), /^HTTP\/1.1 403/, host);
        }
        assertMatch(await ask("POST", "localhost:PORT"), /^HTTP\/1.1 405/);
      });
    }));

  it("refuses a folder that is not there, and a port that is taken", () =>
    inFolder(async (root) => {
      const missing = await assertRejects(() => watchRuns({ folders: [join(root, "no")], port: 0 }), Problem);
      assertEquals(missing.exitCode, 3);
      await served([root], async ({ url }) => {
        const port = Number(new URL(url).port);
        const taken = await assertRejects(() => watchRuns({ folders: [root], port }), Problem);
        assertEquals([taken.exitCode, taken.message], [2, `Cannot listen on port ${port}: it is in use`]);
      });
    }));
});
