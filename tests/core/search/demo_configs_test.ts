import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { loadConfig } from "../../../core/config/load.ts";
import { operationSpaces } from "../../../core/search/policy/operation_space.ts";

const DEMO = join(import.meta.dirname!, "..", "..", "..", "configs", "demo");

Deno.test("the demo's search configs resolve, and their ranges are ones the plugins take", async () => {
  for (
    const [name, method] of [["search.yml", "random"], ["density_search.yml", "density_matching"]] as const
  ) {
    const { config, registry } = await loadConfig(join(DEMO, name));
    assertEquals(config.search!.method, method);
    assertEquals(operationSpaces(registry, config.search!).length, 11);
  }
});
