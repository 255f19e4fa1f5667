import { assertEquals } from "@std/assert";
import { joinPredictions, selectRows } from "../../../core/predictions/rows.ts";

function file(ids: readonly string[], classes: number, numbers: readonly number[]) {
  return { path: "a.csv", ids, classes, labels: null, probabilities: Float64Array.from(numbers) };
}

Deno.test("joined files keep the order of first sight, and give an Id of several files its mean", () => {
  const joined = joinPredictions([
    file(["b", "a"], 2, [0, 1, 0.5, 0.5]),
    file(["c"], 2, [0.25, 0.75]),
    file(["a", "b"], 2, [1, 0, 0.75, 0.25]),
    file(["b"], 2, [0.75, 0.25]),
  ]);
  assertEquals([...joined].map(([id, row]) => [id, ...row]), [["b", 0.5, 0.5], ["a", 0.75, 0.25], [
    "c",
    0.25,
    0.75,
  ]]);
});

Deno.test("selected rows take their labels along, of either kind", () => {
  const predictions = file(["a", "b", "c"], 2, [1, 2, 3, 4, 5, 6]);
  for (const labels of [Uint8Array.of(0, 1, 1, 0, 1, 1), Float32Array.of(0.5, 1, 2, 3, 4, 5)]) {
    const selected = selectRows({ ...predictions, labels }, [2, 1]);
    assertEquals(selected, {
      ...file(["c", "b"], 2, [5, 6, 3, 4]),
      labels: (labels instanceof Uint8Array ? Uint8Array : Float32Array).of(
        ...[4, 5, 2, 3].map((i) => labels[i]!),
      ),
    });
  }
  assertEquals(selectRows(predictions, []), file([], 2, []));
});
