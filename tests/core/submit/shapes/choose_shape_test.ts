import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Problem } from "../../../../core/base/problem.ts";
import { chooseShape, type ShapeRequest } from "../../../../core/submit/shapes/choose_shape.ts";
import { matchColumns } from "../../../../core/submit/shapes/match_columns.ts";
import type { ShapeFacts } from "../../../../core/submit/shapes/shape.ts";
import { factsOf } from "../_facts.ts";

const AUTO: ShapeRequest = { wanted: "auto", sample: "s.csv", probabilityMetric: null };

function detected(facts: ShapeFacts, request: Partial<ShapeRequest> = {}): string {
  return chooseShape(facts, { ...AUTO, ...request }).shape.name;
}

/** A sample of one column. */
function one(cells: readonly string[], change: Parameters<typeof factsOf>[0] = {}): ShapeFacts {
  return factsOf({ columns: ["x"], cells: cells.map((cell) => [cell]), ...change });
}

const BINARY = { classes: ["0", "1"] };
const NUMBERED = { classes: ["0", "1", "2", "3", "4"] };

const DETECTED: readonly [sample: string, facts: ShapeFacts, shape: string][] = [
  ["one label", one(["cat", "cat"]), "labels"],
  ["a number that is a class", one(["0", "0"], NUMBERED), "labels"],
  ["a number that is a class, as a float", one(["0.0", "4.0"], NUMBERED), "labels"],
  ["a grade", one(["0"], { ...NUMBERED, target: "grade" }), "labels"],
  ["an expected grade", one(["0.5"], { ...NUMBERED, target: "grade" }), "value"],
  ["several labels", one(["cat dog", ""], { target: "class_set" }), "labels"],
  ["several labels with commas", one(["cat,dog"], { target: "class_set" }), "labels"],
  ["one of several labels", one(["0"], { ...NUMBERED, target: "class_set" }), "labels"],
  ["empty cells", one(["", ""], { target: "class_set" }), "labels"],
  ["a placeholder", one(["species"]), "labels"],
  ["five of the classes", one(["0 1 2 3 4"], NUMBERED), "ranked"],
  ["words that are no classes", one(["w_1 w_2 w_3"]), "ranked"],
  ["two of one", one(["cat dog"]), "ranked"],
  ["0 or 1", one(["0", "1"], BINARY), "labels"],
  ["0 only", one(["0", "0"], BINARY), "labels"],
  ["one half", one(["0.5", "0.5"], BINARY), "score"],
  ["0 and one half", one(["0", "0.5"], BINARY), "score"],
  ["one half of words", one(["0.5"], { classes: ["benign", "malignant"] }), "score"],
  ["one half of one class", one(["0.5"], { classes: ["there"], target: "class_set" }), "score"],
  ["a column a class", factsOf({ columns: ["owl", "dog", "cat"], cells: [["0", "0", "1"]] }), "columns"],
  ["a column for each of two", factsOf({ columns: ["b", "a"], classes: ["a", "b"] }), "columns"],
  ["soft", factsOf({ columns: ["owl", "dog", "cat"], target: "probabilities" }), "columns"],
  ["a value", one(["38.4"], { target: "value", classes: ["score"] }), "value"],
  ["values", factsOf({ columns: ["b", "a"], target: "value", classes: ["a", "b"] }), "value"],
  ["ids only", factsOf(), "labels"],
  ["ids only, soft", factsOf({ target: "probabilities" }), "columns"],
];

Deno.test("the shape follows from sample and target", () => {
  for (const [sample, facts, shape] of DETECTED) assertEquals(detected(facts), shape, sample);
});

Deno.test("a metric of probabilities makes 0 and 1 a score", () => {
  const request = { probabilityMetric: "AUC" };
  const { shape, reason } = chooseShape(one(["0", "1"], BINARY), { ...AUTO, ...request });
  assertEquals([shape.name, reason], ["score", "the sample has one column, and AUC scores probabilities"]);
  assertEquals(detected(one(["cat"]), request), "labels");
  assertEquals(detected(factsOf(), request), "columns");
  assertEquals(detected(factsOf(BINARY), request), "score");
});

Deno.test("a sample that fits no shape is a data problem that says what differs", () => {
  const refused = (facts: ShapeFacts): string => {
    const problem = assertThrows(() => chooseShape(facts, AUTO), Problem);
    assertEquals(problem.exitCode, 3);
    return `${problem.message} ${problem.next}`;
  };
  const plants = ["healthy", "multiple_diseases", "rust", "scab"];
  const wrong = refused(factsOf({ columns: plants, classes: ["0", "1"] }));
  assertStringIncludes(wrong, "4 columns beside the Ids, the layout 2 classes");
  assertStringIncludes(wrong, 'no class is named after "healthy", "multiple_diseases", "rust", "scab"');
  assertStringIncludes(wrong, "fitting: none fits");
  const missing = refused(factsOf({ columns: ["cat", "dog"] }));
  assertStringIncludes(missing, 'no column after "owl"');
  const numbers = refused(one(["0.5"]));
  assertStringIncludes(numbers, '"0.5", which are none of the 3 classes');
  assertStringIncludes(numbers, "fitting: labels, ranked");
  refused(factsOf({ columns: ["a", "c"], target: "value", classes: ["a", "b"] }));
  refused(one(["0.5"], { target: "class_set", classes: ["a", "b"] }));
});

Deno.test("a shape that cannot fit is a config error with those that fit", () => {
  const refuse = (wanted: ShapeRequest["wanted"], facts: ShapeFacts, part: string, fitting: string) => {
    const problem = assertThrows(() => chooseShape(facts, { ...AUTO, wanted }), Problem, part);
    assertEquals([problem.exitCode, problem.next], [2, `Shapes that fit: ${fitting}`]);
  };
  refuse("score", one(["cat"]), "the layout has 3", "labels, ranked");
  refuse("columns", one(["cat"]), "the sample has 1 columns", "labels, ranked");
  const columns = factsOf({ columns: ["cat", "dog", "owl"] });
  refuse("labels", columns, "the sample has 3 columns", "columns");
  refuse("ranked", columns, "the sample has 3 columns", "columns");
  refuse("value", columns, "the target is class", "columns");
  refuse("labels", one(["1"], { target: "value", classes: ["a"] }), "the target is value", "value");
  const positive = one(["0.5"], { ...BINARY, settings: { positive: "yes" } });
  assertThrows(() => chooseShape(positive, AUTO), Problem, 'positive: "yes"');
});

Deno.test("columns are matched by name in any order, and only one to one", () => {
  assertEquals(matchColumns(["c9", "c0"], ["c0", "c9"]), [1, 0]);
  assertEquals(matchColumns(["level_1", "level_0"], ["0", "1"]), [1, 0]);
  assertEquals(matchColumns(["c10", "c11", "c1"], ["1", "10", "11"]), [1, 2, 0]);
  assertEquals(matchColumns(["Étoile du Nord", "sun"], ["sun", "etoile-du-nord"]), [1, 0]);
  assertEquals(matchColumns(["cat", "cat "], ["cat", "dog"]), null);
  assertEquals(matchColumns(["a", "b", "c"], ["a", "b"]), null);
  assertEquals(matchColumns(["A", "a"], ["a", "A"]), [1, 0]);
  assertEquals(matchColumns(["+", "-"], ["-", "+"]), [1, 0]);
});
