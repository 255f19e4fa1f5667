import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { readPlan, writePlan } from "../../../core/units/plan_file.ts";
import type { Unit } from "../../../core/units/unit.ts";
import { inFolder } from "../../_in_folder.ts";

function unit(id: string, needs: string[]): Unit {
  const task = { name: "train", config: { a: [1, "ü"] } };
  return {
    id,
    kind: "train",
    title: id,
    task,
    needs,
    inputs: [],
    outputs: ["x/"],
    estimate: null,
    threads: 0,
  };
}

const [ONE, TWO] = ["train-0000000000000001", "train-0000000000000002"] as const;

describe("the file of a plan", () => {
  it("is read as it was written, a unit a line", () =>
    inFolder(async (folder) => {
      const path = join(folder, "plan.jsonl"), units = [unit(ONE, []), unit(TWO, [ONE])];
      await writePlan(path, units);
      assertEquals(await readPlan(path), units);
      const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
      assertEquals(lines.map((line) => JSON.parse(line).id), [ONE, TWO]);
    }));

  it("is refused where it is missing, empty, damaged or out of order", () =>
    inFolder(async (folder) => {
      const path = join(folder, "plan.jsonl");
      await assertRejects(() => readPlan(path), Problem, "no such file");
      await writePlan(path, []);
      await assertRejects(() => readPlan(path), Problem, "it is empty");
      await writePlan(path, [unit(TWO, [ONE]), unit(ONE, [])]);
      await assertRejects(
        () => readPlan(path),
        Problem,
        `${TWO} needs ${ONE}, which does not stand before it`,
      );
      for (const text of ["{", '{"id": 1}', JSON.stringify({ ...unit(ONE, []), more: 1 })]) {
        await Deno.writeTextFile(path, `${JSON.stringify(unit(ONE, []))}\n${text}\n`);
        await assertRejects(() => readPlan(path), Problem, "line 2 is no unit");
      }
    }));
});
