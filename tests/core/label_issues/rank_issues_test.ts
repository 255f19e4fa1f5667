import { assert, assertEquals } from "@std/assert";
import { rankSeveralLabels, rankSingleLabels } from "../../../core/label_issues/rank_issues.ts";
import golden from "../../golden/label_issues.json" with { type: "json" };

function numbers(line: string): number[] {
  return line.split(" ").map(Number);
}

for (const [index, { classes, labels, probabilities, ranked }] of golden.single.entries()) {
  Deno.test(`one label an image: cleanlab flags the same images in the same order, case ${index}`, () => {
    const table = {
      classes,
      given: Int32Array.from(numbers(labels)),
      probabilities: Float64Array.from(numbers(probabilities)),
    };
    assert(numbers(ranked).length > 2);
    assertEquals(rankSingleLabels(table).map(({ row }) => row), numbers(ranked));
  });
}

for (const [index, { classes, labels, probabilities, flags, ranked }] of golden.several.entries()) {
  Deno.test(`several labels: cleanlab flags the same classes of the same images, case ${index}`, () => {
    const table = {
      classes,
      labels: Uint8Array.from(numbers(labels)),
      probabilities: Float64Array.from(numbers(probabilities)),
    };
    const issues = rankSeveralLabels(table), found = table.labels.map(() => 0);
    for (const { row, doubted } of issues) for (const c of doubted) found[row * classes + c] = 1;
    assert(numbers(ranked).length > 2);
    assertEquals(issues.map(({ row }) => row), numbers(ranked));
    assertEquals([...found], numbers(flags));
  });
}
