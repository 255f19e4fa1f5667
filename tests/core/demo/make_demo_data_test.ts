import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { openLayout } from "../../../core/layout/open_layout.ts";
import { type DemoOptions, makeDemoData, type PlantedPair } from "../../../core/demo/make_demo_data.ts";
import { PATTERNS } from "../../../core/demo/patterns.ts";
import { decodeImage } from "../../../core/image/decode.ts";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { Problem } from "../../../core/base/problem.ts";
import { inFolder } from "../../_in_folder.ts";

const registry = await loadPlugins([], ["layouts"]);
const SMALL = { train: 40, external: 20, test: 12, size: 32, seed: 3 };

async function digestFolder(dir: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for await (const entry of Deno.readDir(dir)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory) {
      for (const [name, text] of await digestFolder(path)) digests.set(`${entry.name}/${name}`, text);
    } else {
      const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
      digests.set(entry.name, new Uint8Array(hash).toHex());
    }
  }
  return digests;
}

/** The bytes of all pictures by Id. */
async function bytesById(layout: Layout): Promise<Map<string, Uint8Array>> {
  const bytes = new Map<string, Uint8Array>();
  for (const source of ["train", "external", "test"] as const) {
    for (const { id, files } of await layout.listImages(source)) {
      bytes.set(id, await Deno.readFile(files[0]!));
    }
  }
  return bytes;
}

function checkCopies(pairs: readonly PlantedPair[], bytes: ReadonlyMap<string, Uint8Array>): void {
  for (const { ids: [original, copy], change } of pairs) {
    const check = change === "none" ? assertEquals : assertNotEquals;
    check(bytes.get(original), bytes.get(copy), `${original} ${copy} ${change}`);
  }
}

Deno.test("the same options give the same bytes, another seed gives others", () =>
  inFolder(async (dir) => {
    for (const layout of ["hpa", "ai_stage"] as const) {
      const options = { ...SMALL, layout, train: layout === "hpa" ? 40 : 8 };
      const make = (name: string, change: Partial<DemoOptions> = {}) =>
        makeDemoData({ ...options, ...change, out: join(dir, layout, name) });
      await make("a");
      await make("b");
      const a = await digestFolder(join(dir, layout, "a"));
      assertEquals(a, await digestFolder(join(dir, layout, "b")));
      assertEquals(a.size, layout === "hpa" ? 40 + 20 + 12 + 4 : 8 * 7 + 12 + 3);
      await make("b", { seed: 4 });
      assertNotEquals(a, await digestFolder(join(dir, layout, "b")));
    }
  }));

Deno.test("hpa demo data plants what planted.json says", () =>
  inFolder(async (out) => {
    const planted = await makeDemoData({ ...SMALL, layout: "hpa", out });
    const layout = await openLayout(registry, out);
    assertEquals(layout.name, "hpa");
    const bytes = await bytesById(layout);
    const { exact_duplicates, near_duplicates, conflicting_labels, exact_leaks, near_leaks } = planted;
    const all = [
      ...exact_duplicates,
      ...near_duplicates,
      ...conflicting_labels,
      ...exact_leaks,
      ...near_leaks,
    ];
    checkCopies(all, bytes);
    assertEquals(new Set(all.flatMap(({ ids }) => ids)).size, 2 * all.length);
    const labels = new Map((await layout.readLabels()).map((row) => [row.id, row.labels]));
    for (const { ids: [a, b] } of exact_duplicates) assertEquals(labels.get(a), labels.get(b));
    for (const { ids: [a, b] } of conflicting_labels) assertNotEquals(labels.get(a), labels.get(b));
    for (const { ids: [a, b] } of exact_leaks) assertEquals([...labels.get(a)!], planted.test_labels[b]);
    assertEquals([...await layout.testIds()].sort(), Object.keys(planted.test_labels).sort());
    const { flat_black, truncated, text } = planted.broken;
    const black = await decodeImage(bytes.get(flat_black)!);
    assertEquals([black.channels, Math.max(...black.data)], [4, 0]);
    await assertRejects(() => decodeImage(bytes.get(truncated)!), Problem);
    await assertRejects(() => decodeImage(bytes.get(text)!), Problem);
    const pixels = await decodeImage(bytes.get(exact_leaks[0]!.ids[0])!);
    assertEquals([pixels.height, pixels.width, pixels.channels], [32, 32, 4]);
  }));

Deno.test("the patterns of the demo are learnable but not constant", () =>
  inFolder(async (out) => {
    await makeDemoData({ ...SMALL, train: 400, external: 0, size: 16, layout: "hpa", out });
    const rows = await (await openLayout(registry, out)).readLabels();
    const shares = PATTERNS.map(({ label }) =>
      rows.filter((row) => row.labels.includes(label)).length / rows.length
    );
    assertEquals(PATTERNS.length >= 8, true);
    assertEquals(shares[0]! > 2 * shares.at(-1)!, true, "imbalanced");
    assertEquals(rows.some((row) => row.labels.length > 1), true, "multi-label");
    const chance = shares.reduce((sum, share) => sum + 2 * share / (1 + share), 0) / shares.length;
    assertEquals(chance < 0.35, true, `chance ${chance}`);
  }));

Deno.test("ai_stage demo data is read by its layout", () =>
  inFolder(async (out) => {
    const planted = await makeDemoData({ ...SMALL, train: 12, layout: "ai_stage", out });
    const layout = await openLayout(registry, out);
    assertEquals([layout.name, (await layout.readLabels()).length], ["ai_stage", 84]);
    checkCopies([...planted.exact_duplicates, ...planted.near_leaks], await bytesById(layout));
    const labels = new Map((await layout.readLabels()).map((row) => [row.id, row.labels]));
    for (const { ids: [a, b] } of planted.conflicting_labels) assertNotEquals(labels.get(a), labels.get(b));
  }));

Deno.test("demo data leaves the files of others alone, clears its own, and refuses too few pictures", () =>
  inFolder(async (out) => {
    const make = (change: Partial<DemoOptions>) => () =>
      makeDemoData({ ...SMALL, layout: "hpa", out, ...change });
    assertEquals((await assertRejects(make({ train: 5, external: 0 }), Problem, "so few")).exitCode, 2);
    await Deno.writeTextFile(join(out, "train.csv"), "mine");
    assertEquals((await assertRejects(make({}), Problem, "no demo data")).exitCode, 2);
    assertEquals(await Deno.readTextFile(join(out, "train.csv")), "mine");
    await Deno.remove(join(out, "train.csv"));
    await Deno.writeTextFile(join(out, "README.md"), "mine");
    await make({})();
    await Deno.writeTextFile(join(out, "split.stratified.0.csv"), "");
    await make({ seed: 4 })();
    assertEquals(await Deno.readTextFile(join(out, "README.md")), "mine");
    await assertRejects(() => Deno.stat(join(out, "split.stratified.0.csv")), Deno.errors.NotFound);
  }));
