/**
 * Takes the README's picture of a report in headless Chromium, after `deno task demo` has written the report:
 * deno run --allow-read --allow-write --allow-run --allow-env --allow-net=127.0.0.1 tests/readme_picture.ts
 */
import { join, toFileUrl } from "@std/path";
import { BrowserPage } from "./_browser.ts";

const ROOT = join(import.meta.dirname!, "..");
const PAGE = join(ROOT, "results", "demo", "report", "report.html"),
  PICTURE = join(ROOT, "docs", "report.png");
const WIDTH = 1440, HEIGHT = 1850, SCALE = 0.7;

const browser = await BrowserPage.open();
try {
  await browser.load(toFileUrl(PAGE).href, { width: WIDTH, scheme: "light" });
  await Deno.mkdir(join(ROOT, "docs"), { recursive: true });
  await Deno.writeFile(PICTURE, await browser.screenshot({ height: HEIGHT, scale: SCALE }));
} finally {
  await browser.close();
}
