import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { readJsonItems } from "../../../core/formats/json_items.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { inFolder } from "../../_in_folder.ts";

async function withText(text: string, check: (path: string) => void): Promise<void> {
  await inFolder(async (dir) => {
    const path = join(dir, "a.json");
    await Deno.writeTextFile(path, text);
    check(path);
  });
}

/** The items as JSON.parse finds them. */
function parsedItems(text: string): unknown[] {
  const document = JSON.parse(text);
  if (Array.isArray(document)) return document.map((item) => ["", item]);
  return Object.entries(document).flatMap(([key, list]) =>
    Array.isArray(list) ? list.map((item) => [key, item]) : []
  );
}

const DOCUMENTS: Record<string, unknown> = {
  "objects of lists": {
    images: [{ id: 1, tags: ["a", ["b"]] }, {}],
    annotations: [],
    categories: [[1], "x", null, 3],
  },
  "other values between lists": {
    info: { list: [1, 2], text: "a: [1]" },
    version: 1.5,
    a: [1],
    ok: true,
    b: [2],
  },
  "brackets, quotes and escapes in texts": {
    'k"]}\\': ["[", "]", "{,", '\\"', 'a\\\\"]', "\u2028é😀"],
    "é": [",", ":"],
  },
  "a list": [{ a: [1, { b: "]" }] }, [], "c"],
  "an empty list": [],
  "an empty object": {},
};

for (const [name, document] of Object.entries(DOCUMENTS)) {
  for (const indent of [0, 2]) {
    const text = JSON.stringify(document, null, indent);
    Deno.test(`readJsonItems() reads ${name} with indent ${indent}`, () =>
      withText(text, (path) => assertEquals([...readJsonItems(path, "")], parsedItems(text))));
  }
}

Deno.test("readJsonItems() reads items across the ends of chunks, whatever lies there", () => {
  const random = new Random(3, "items");
  const textOf = (length: number) => '\\"[]{},:é'.repeat(length);
  const images = Array.from({ length: 4000 }, (_, id) => ({
    id,
    file_name: textOf(Math.floor(random.uniform(0, 120))),
    nested: [[id], { list: [textOf(1)] }],
  }));
  const text = JSON.stringify({ images, annotations: images.slice(0, 500), huge: ["x".repeat(3 << 20)] });
  return withText(text, (path) => assertEquals([...readJsonItems(path, "")], parsedItems(text)));
});

Deno.test("readJsonItems() refuses what is no JSON, and a file that is not there", async () => {
  for (
    const text of ['{"a": [1, 2', '{"a": [1,, 2]}', '{"a": [1, 2}', '{"a": ["x]}', "[1]]", '{"a": [tru]}']
  ) {
    await withText(text, (path) => {
      const problem = assertThrows(() => [...readJsonItems(path, "Correct it")], Problem, `"${path}"`);
      assertEquals([problem.exitCode, problem.next], [3, "Correct it"]);
    });
  }
  assertThrows(() => [...readJsonItems("/nowhere/a.json", "")], Problem, "there is no such file");
});
