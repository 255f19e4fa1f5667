import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { createRequire } from "node:module";
import { BrowserPage, missingBrowser, type View } from "../../_browser.ts";
import { inFolder } from "../../_in_folder.ts";
import { needing } from "../../_needing.ts";
import { runInFolder } from "../../tasks/_task_process.ts";
import { makeSeveral } from "./_made_reports.ts";

const VIEWS: readonly View[] = [390, 1280].flatMap((width) => [
  { width, scheme: "light" },
  { width, scheme: "dark" },
]);

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds that hinders readers much. */
const ASK_AXE = `axe.run().then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => ({ html })) })))`;

/** Presses the heading of the last column of the table of classes twice, and reads the column. */
const SORTED = `(() => {
  const table = document.querySelector("#classes table"), button = table.querySelector("th:nth-child(3) button");
  button.click();
  button.click();
  return [...table.tBodies[0].rows].map((row) => Number(row.cells[2].textContent));
})()`;

Deno.test({
  ...needing(
    "a report is readable on a phone and a desk, in light and dark, by everyone",
    await missingBrowser(),
  ),
  async fn() {
    await inFolder(async (folder) => {
      await makeSeveral(folder);
      const { code, stderr } = await runInFolder(folder, "report", ["first.yml", "second.yml"]);
      assertEquals(code, 0, stderr);
      const url = toFileUrl(join(folder, "results", "report", "report.html")).href;
      const axe = await Deno.readTextFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
      const browser = await BrowserPage.open();
      try {
        for (const view of VIEWS) {
          const { errors, requests } = await browser.load(url, view), which = JSON.stringify(view);
          assertEquals(errors, [], which);
          assertEquals(requests.filter((request) => !request.startsWith("data:")), [url], which);
          const wide = "document.documentElement.scrollWidth <= window.innerWidth";
          assertEquals(await browser.evaluate(wide), true, which);
          await browser.evaluate(`${axe}; 0`);
          assertEquals(await browser.evaluate<Violation[]>(ASK_AXE), [], which);
        }
        const supports = await browser.evaluate<number[]>(SORTED);
        assertEquals(supports, supports.toSorted((a, b) => b - a), "the table is sorted by its third column");
      } finally {
        await browser.close();
      }
    });
  },
});
