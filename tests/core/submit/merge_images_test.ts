import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { type ImageMergeRule, mergeImages } from "../../../core/submit/merge_images.ts";

const idOf = (id: string) => id.split("_")[0]!;

function images(change: { readonly labels?: Uint8Array | Float32Array | null } = {}) {
  return {
    path: "p.csv",
    ids: ["b_1", "a_1", "b_2", "a_2", "b_3"],
    classes: 2,
    labels: Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 1, 1, 0),
    probabilities: Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.5, 0.5, 0.4, 0.6, 0.4, 0.6),
    ...change,
  };
}

Deno.test("images with the same submission Id are merged by a named rule, labels kept", () => {
  const merged = (rule: ImageMergeRule, target: "class" | "class_set" = "class") =>
    mergeImages(images(), idOf, { rule, target });
  const { ids, labels, probabilities } = merged("mean");
  assertEquals([ids, [...labels!]], [["b", "a"], [1, 0, 0, 1]]);
  for (const [at, wanted] of [0.6, 0.4, 0.3, 0.7].entries()) {
    assertAlmostEquals(probabilities[at]!, wanted, 1e-12);
  }
  assertEquals([...merged("max").probabilities], [0.9, 0.6, 0.4, 0.8]);
  const roots = [(0.9 * 0.5 * 0.4) ** (1 / 3), (0.1 * 0.5 * 0.6) ** (1 / 3)] as const;
  assertAlmostEquals(merged("gmean").probabilities[0]!, roots[0] / (roots[0] + roots[1]), 1e-12);
});

Deno.test("images with the same submission Id whose labels differ are a data problem", () => {
  const torn = images({ labels: Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 1, 1, 0) });
  const problem = assertThrows(
    () => mergeImages(torn, idOf, { rule: "mean", target: "class" }),
    Problem,
    '1 submission Ids have labels that differ: "b"',
  );
  assertEquals(problem.exitCode, 3);
  const free = mergeImages(images({ labels: null }), idOf, { rule: "mean", target: "class" });
  assertEquals(free.labels, null);
});
