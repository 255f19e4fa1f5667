import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../core/base/json.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { goldenPicture, pixelDigest } from "../core/image/_golden.ts";

interface Case {
  readonly params: Record<string, unknown>;
  readonly sampled: Json;
  readonly digests: Readonly<Record<string, string>>;
}

interface Fixture {
  readonly operations: Readonly<Record<string, readonly Case[]>>;
}

async function operationsOf(name: string): Promise<Fixture["operations"]> {
  const file = new URL(`../fixtures/${name}.json`, import.meta.url);
  return (JSON.parse(await Deno.readTextFile(file)) as Fixture).operations;
}

const operations = { ...await operationsOf("augmentations"), ...await operationsOf("three_augment") };
const registry = await loadPlugins([], ["augmentations"]);

for (const [name, cases] of Object.entries(operations)) {
  Deno.test(`${name} equals its reference byte for byte`, async () => {
    assertEquals(cases.length, 20);
    for (const { params, sampled, digests } of cases) {
      const operation = registry.get("augmentations", name).create(params, {});
      for (const [shape, digest] of Object.entries(digests)) {
        const [height, width, channels] = shape.split("x").map(Number) as [number, number, number];
        const result = operation.apply(goldenPicture(height, width, channels), sampled);
        const found = await pixelDigest(result);
        assert(found === digest, `${shape} with ${JSON.stringify({ params, sampled })} differs`);
      }
    }
  });
}
