import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { guessShape } from "../../../core/init/guess_shape.ts";
import type { Layout } from "../../../core/plugin/contracts.ts";
import { inFolder } from "../../_in_folder.ts";

/** A layout of two classes with a sample submission. */
function twoClasses(sample: string, classes: readonly string[]): Layout {
  const submission = {
    sample,
    idColumn: "id",
    predictionColumn: "label",
    format: (labels: readonly number[]) => classes[labels[0]!]!,
    parse: (cell: string) => [classes.indexOf(cell)],
  };
  return { classes, target: "class", submission } as unknown as Layout;
}

async function shapeOf(cells: readonly string[], classes: readonly string[]): Promise<string> {
  let shape = "";
  await inFolder(async (dir) => {
    const path = join(dir, "sample.csv");
    await Deno.writeTextFile(
      path,
      ["id,label", ...cells.map((cell, row) => `${row},${cell}`)].join("\n") + "\n",
    );
    shape = (await guessShape(twoClasses(path, classes))).shape;
  });
  return shape;
}

Deno.test("one answer of two classes is a probability where the sample's cells may be one", async () => {
  assertEquals(await shapeOf(["0", "0"], ["0", "1"]), "score");
  assertEquals(await shapeOf(["0.5", "0.5"], ["cat", "dog"]), "score");
});

Deno.test("one answer of two classes is a class where the sample's cells are words or other numbers", async () => {
  assertEquals(await shapeOf(["cat", "cat"], ["cat", "dog"]), "labels");
  assertEquals(await shapeOf(["10", "10"], ["10", "11"]), "labels");
});
