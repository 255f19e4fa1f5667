import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import type { Example } from "../../../core/base/example.ts";
import { Problem } from "../../../core/base/problem.ts";
import { withoutExcluded } from "../../../core/layout/excluded.ts";
import type { Layout } from "../../../core/plugin/contracts.ts";

const example = (id: string): Example => ({ id, source: "train", files: [`${id}.png`], labels: [0] });
const TRAIN = ["a1", "b2", "c3"].map(example);
/** d4 is labelled, but a validation image. */
const LAYOUT = {
  readLabels: () =>
    Promise.resolve([...TRAIN, example("d4")].map(({ id, source }) => ({ id, source, labels: [0] }))),
} as unknown as Layout;

async function keptWith(text: string): Promise<string[]> {
  const dir = await Deno.makeTempDir(), path = join(dir, "out.csv");
  try {
    await Deno.writeTextFile(path, text);
    return (await withoutExcluded(TRAIN, { path, layout: LAYOUT })).map(({ id }) => id);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("the rows of a file with a column Id are left out, those of other splits are passed over", async () => {
  assertEquals(await keptWith("Id\n"), ["a1", "b2", "c3"]);
  assertEquals(await keptWith("Rank,Id\n1,b2\n2,d4\n3,b2\n"), ["a1", "c3"]);
});

Deno.test("an Id that no label file has is a data problem with the nearest one", async () => {
  const error = await assertRejects(() => keptWith("Id\na1\nb22\n"), Problem, 'did you mean "b2"?');
  assertEquals(error.exitCode, 3);
});

Deno.test("a file that leaves nothing to train on is a data problem with names", async () => {
  const error = await assertRejects(() => keptWith("Id\nc3\na1\nb2\n"), Problem, "leaves out all 3 images");
  assertEquals([error.exitCode, error.message.includes('"a1", "b2", "c3"')], [3, true]);
  await assertRejects(() => keptWith("Name\na1\n"), Problem, "there is no column");
});
