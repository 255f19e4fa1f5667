import { assertEquals } from "@std/assert";
import { VERSION } from "../../../core/base/version.ts";

Deno.test("the version that files record is that of deno.json", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)));
  assertEquals(VERSION, version);
});
