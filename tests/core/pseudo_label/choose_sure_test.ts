import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { chooseSure } from "../../../core/pseudo_label/choose_sure.ts";

function predictions(rows: Record<string, number[]>) {
  const ids = Object.keys(rows);
  const probabilities = Float64Array.from(Object.values(rows).flat());
  return { path: "test.csv", ids, classes: probabilities.length / ids.length, labels: null, probabilities };
}

/** Largest 0.75, 0.96, 0.95, 0.5. */
const ONE_LABEL = predictions({
  d: [0.75, 0.25, 0],
  a: [0, 0.04, 0.96],
  c: [0.95, 0, 0.05],
  b: [0.5, 0.25, 0.25],
});
/** The least sure class at 0.75 (0.25 from below), 0.97, 0.5, 0.75. */
const LABEL_SETS = predictions({ a: [0.99, 0.25], b: [0.03, 0.97], c: [0.5, 1], d: [0, 0.75] });

function chosen(
  from: typeof ONE_LABEL,
  choice: Parameters<typeof chooseSure>[1],
  target: "class" | "class_set",
): string[] {
  return chooseSure(from, choice, target).rows.map((row) => from.ids[row]!);
}

describe("chooseSure", () => {
  it("takes images whose largest probability reaches the threshold, in the order of the file", () => {
    assertEquals(chosen(ONE_LABEL, { threshold: 0.95 }, "class"), ["a", "c"]);
    assertEquals(chosen(ONE_LABEL, { threshold: 0.96 }, "class"), ["a"]);
    assertEquals(chosen(ONE_LABEL, { threshold: 0.5 }, "class"), ["d", "a", "c", "b"]);
    assertEquals(chosen(ONE_LABEL, { threshold: 0.99 }, "class"), []);
  });

  it("takes images of several labels where every class is above the threshold or below what is left of 1", () => {
    assertEquals(chosen(LABEL_SETS, { threshold: 0.75 }, "class_set"), ["a", "b", "d"]);
    assertEquals(chosen(LABEL_SETS, { threshold: 0.9 }, "class_set"), ["b"]);
  });

  it("takes the surest share, equally sure ones by Id", () => {
    assertEquals(chosen(ONE_LABEL, { share: 0.5 }, "class"), ["a", "c"]);
    assertEquals(chosen(LABEL_SETS, { share: 0.5 }, "class_set"), ["a", "b"]);
    assertEquals(chosen(ONE_LABEL, { share: 1 }, "class").length, 4);
    assertEquals(chosen(ONE_LABEL, { share: 0.1 }, "class"), []);
  });

  it("tells how sure the surest is", () => {
    assertEquals(chooseSure(ONE_LABEL, { threshold: 1 }, "class").surest, 0.96);
    assertEquals(chooseSure(LABEL_SETS, { threshold: 1 }, "class_set").surest, 0.97);
  });
});
