import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { BrowserPage, missingBrowser } from "../_browser.ts";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";
import { runPage } from "../../core/run_page/run_page.ts";
import { runState } from "../core/run_page/_run_state.ts";
import { runInFolder, taskArguments } from "./_task_process.ts";

const RUN = join("results", "cells");
const WARNING = { time: new Date(0), text: "3 images cannot be read: " + "a_very_long_name".repeat(8) };

/** The page and history of a run with so many epochs. */
async function writeRun(cwd: string, epochs: number): Promise<void> {
  const state = runState(epochs, { warnings: [WARNING] });
  await Deno.mkdir(join(cwd, RUN), { recursive: true });
  const lines = state.history.map((record) => JSON.stringify(record) + "\n");
  await Deno.writeTextFile(join(cwd, RUN, "history.jsonl"), lines.join(""));
  await Deno.writeTextFile(join(cwd, RUN, "index.html"), runPage(state));
}

/** Runs the task in a folder until Ctrl-C; gives the address that it prints. */
async function watching(cwd: string, use: (url: string) => Promise<void>): Promise<Deno.CommandStatus> {
  const args = await taskArguments("watch", ["--port=0"]);
  const child = new Deno.Command(Deno.execPath(), { args, cwd, stdout: "piped", stderr: "inherit" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let said = "";
    while (!said.includes("\n")) {
      const { value, done } = await reader.read();
      assert(!done, "the task goes on");
      said += value;
    }
    await use(said.match(/1 run in results: (http:\/\/127\.0\.0\.1:\d+\/\S+)/)![1]!);
  } finally {
    child.kill("SIGINT");
    await reader.cancel();
  }
  return await child.status;
}

Deno.test("watch serves what is below results/ with the permissions of its line, until Ctrl-C", () =>
  inFolder(async (cwd) => {
    await writeRun(cwd, 3);
    const { code } = await watching(cwd, async (url) => {
      const page = await (await fetch(url)).text();
      assertStringIncludes(page, "running, 3 of 40 epochs done");
      await writeRun(cwd, 4);
      assertStringIncludes(await (await fetch(url)).text(), "running, 4 of 40 epochs done");
    });
    assertEquals(code, 130);
  }));

Deno.test("watch says what it cannot use", () =>
  inFolder(async (cwd) => {
    const missing = await runInFolder(cwd, "watch", []);
    assertEquals(missing.code, 3);
    assertMatch(missing.stderr, /^error: Cannot watch "results": there is no such folder\nnext: /);
    assertEquals((await runInFolder(cwd, "watch", ["--port=70000"])).code, 2);
  }));

/** A view that scrolls to the side, or has words that can hardly be read, is told. */
const LAYOUT = `({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  smallest: Math.min(...[...document.querySelectorAll("main text")].map((text) =>
    text.getScreenCTM().a * parseFloat(getComputedStyle(text).fontSize))),
  paper: getComputedStyle(document.body).backgroundColor,
})`;

Deno.test({
  ...needing("a browser shows the curves of a run and keeps them up to date", await missingBrowser()),
  fn: () =>
    inFolder(async (cwd) => {
      await writeRun(cwd, 30);
      await watching(cwd, async (url) => {
        const page = await BrowserPage.open();
        try {
          for (const width of [390, 1280]) {
            for (const scheme of ["light", "dark"] as const) {
              const { errors, requests } = await page.load(url, { width, scheme });
              assertEquals([errors, requests.filter((request) => !request.startsWith(new URL(url).origin))], [
                [],
                [],
              ]);
              const layout = await page.evaluate<{ wide: number; smallest: number; paper: string }>(LAYOUT);
              assertEquals(layout.wide, 0, `${width} ${scheme}`);
              assert(layout.smallest >= 9, `${layout.smallest} px`);
              assertEquals(layout.paper, scheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 23, 28)");
            }
          }
          await page.evaluate(`document.querySelector("details").open = true`);
          await writeRun(cwd, 31);
          const renewed = `new Promise((done) => setInterval(() => {
            const cell = [...document.querySelectorAll("td")].find((cell) => cell.textContent.startsWith("running"));
            if (cell.textContent.includes("31 of 40")) done(document.title);
          }, 50))`;
          assertMatch(await page.evaluate<string>(renewed), /^running, 31 of 40/);
          assertEquals(await page.evaluate(`document.querySelector("details").open`), true);
        } finally {
          await page.close();
        }
      });
    }),
});
