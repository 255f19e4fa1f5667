import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { updateReadme } from "./readme_tables.ts";

/** Without the padding that the formatter adds to tables. */
function withoutPadding(text: string): string {
  return text.replace(/[ -]+\|/g, " |").replace(/\n+/g, "\n");
}

Deno.test("README lists every task and every config key", () => {
  const readme = Deno.readTextFileSync(join(import.meta.dirname!, "..", "README.md"));
  assertEquals(withoutPadding(readme), withoutPadding(updateReadme(readme)));
});
