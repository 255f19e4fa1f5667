import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { strataOf } from "../../../core/split/strata.ts";

const rows = (values: readonly number[]) => values.map((value) => [value]);

describe("strataOf", () => {
  it("bins values so that every bin holds about as many rows", () => {
    const values = Array.from({ length: 103 }, (_, index) => (index * 37 % 103) ** 2);
    const { names, labels } = strataOf(rows(values), { target: "value", classes: ["size"] });
    const counts = names.map((_, bin) => labels.filter(([own]) => own === bin).length);
    assertEquals(counts.length, 10);
    assert(counts.every((count) => count === 10 || count === 11), counts.join());
    const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
    const bins = order.map((row) => labels[row]![0]!);
    assertEquals(bins, [...bins].sort((a, b) => a - b));
  });

  it("gives equal values one bin, and a constant a single one", () => {
    const { names, labels } = strataOf(rows([3, 3, 3]), { target: "value", classes: ["size"] });
    assertEquals([names, labels], [["size all"], [[0], [0], [0]]]);
    const most = strataOf(rows([...Array(50).fill(1), 2, 3]), { target: "value", classes: ["size"] });
    assertEquals(new Set(most.labels.slice(0, 50).flat()), new Set([0]));
  });

  it("numbers the bins of several quantities one after the other", () => {
    const { names, labels } = strataOf([[1, 5], [2, 5], [2, 9]], { target: "value", classes: ["a", "b"] });
    assertEquals(names, ["a up to 1", "a above 1", "b up to 5", "b above 5"]);
    assertEquals(labels, [[0, 2], [1, 2], [1, 3]]);
  });

  it("takes the most probable class of soft labels", () => {
    const soft = strataOf([[0.2, 0.8], [0.5, 0.5]], { target: "probabilities", classes: ["a", "b"] });
    assertEquals(soft.labels, [[1], [0]]);
  });
});
