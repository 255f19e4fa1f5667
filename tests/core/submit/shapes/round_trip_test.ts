import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { Random } from "../../../../core/base/random.ts";
import type { Sample } from "../../../../core/submit/sample.ts";
import { chooseShape } from "../../../../core/submit/shapes/choose_shape.ts";
import type { Shape, ShapeFacts, ShapeName } from "../../../../core/submit/shapes/shape.ts";
import { submissionText } from "../../../../core/submit/write_submission.ts";
import { factsOf } from "../_facts.ts";

const IDS = ["007", "a/b,c.jpg", '"quoted"', " led by a space", "=1+1", "x.png"];

function shapeOf(name: ShapeName, facts: ShapeFacts): Shape {
  return chooseShape(facts, { wanted: name, sample: null, probabilityMetric: null }).shape;
}

/** Answers that come back from the text of a submission, by Id. */
function throughFile(shape: Shape, answers: Map<string, readonly number[]>): Map<string, number[]> {
  const sample: Sample = { path: null, idColumn: "Id", header: null, columns: [], ids: IDS, cells: [] };
  const [header, ...rows] = parse(submissionText(sample, shape, answers));
  assertEquals(header, ["Id", ...shape.columns]);
  return new Map(rows.map(([id, ...cells]) => [id!, shape.read(cells)]));
}

function randomRow(random: Random, classes: number): Float64Array {
  return Float64Array.from({ length: classes }, () => random.next() ** 3);
}

const CASES: readonly [ShapeName, ShapeFacts][] = [
  ["labels", factsOf({ target: "class_set" })],
  ["labels", factsOf({ target: "class_set", classes: ["red, round", "blue"], separator: ";" })],
  ["labels", factsOf({ target: "class_set", columns: ["tags"], cells: [["dog,cat"], ["owl"]] })],
  ["labels", factsOf({ classes: ["0", "1", "10"], target: "grade" })],
  ["score", factsOf({ classes: ["no", "yes"] })],
  ["score", factsOf({ classes: ["there"], target: "class_set" })],
  ["columns", factsOf()],
  ["columns", factsOf({ columns: ["owl", "cat", "dog"], settings: { row_sum: 1 } })],
  ["columns", factsOf({ target: "class_set" })],
  ["columns", factsOf({ target: "probabilities" })],
  ["ranked", factsOf({ settings: { ranked: 2 } })],
  ["ranked", factsOf({ columns: ["Id list"], cells: [["owl;cat"]] })],
  ["value", factsOf({ target: "value", classes: ["height", "weight"] })],
  ["value", factsOf({ target: "value", classes: ["score"], columns: ["Pawpularity"], cells: [["38"]] })],
  ["value", factsOf({ target: "grade", classes: ["0", "1", "2"] })],
];

Deno.test("answers of every shape come back equal from the text of a submission", () => {
  for (const [name, facts] of CASES) {
    const shape = shapeOf(name, facts), random = new Random(7, name);
    assertEquals(shape.name, name);
    for (let round = 0; round < 50; round++) {
      const decide = (row: Float64Array) =>
        facts.target === "class_set"
          ? [...row.keys()].filter((c) => row[c]! > 0.3)
          : [row.indexOf(Math.max(...row))];
      const answers = new Map(
        IDS.map((id) => [id, shape.answer(randomRow(random, facts.classes.length), decide)]),
      );
      assertEquals(throughFile(shape, answers), answers as Map<string, number[]>, name);
    }
  }
});

Deno.test("columns hold the probability of the class they are named after, with rows that sum to 1", () => {
  const row = Float64Array.of(0.1, 0.2, 0.5), decide = () => [0];
  const plain = shapeOf("columns", factsOf({ columns: ["owl", "cat", "dog"], cells: [["0", "0", "0"]] }));
  assertEquals(plain.answer(row, decide), [0.5, 0.1, 0.2]);
  const cells = [["0.2", "0.3", "0.5"], ["1", "0", "0"]];
  const whole = shapeOf("columns", factsOf({ columns: ["owl", "cat", "dog"], cells }));
  for (const [at, wanted] of [5 / 8, 1 / 8, 2 / 8].entries()) {
    assertAlmostEquals(whole.answer(row, decide)[at]!, wanted, 1e-15);
  }
  assertEquals(whole.answer(new Float64Array(3), decide), [1 / 3, 1 / 3, 1 / 3]);
  const left = factsOf({ columns: ["owl", "cat", "dog"], cells, settings: { row_sum: "any" } });
  assertEquals(shapeOf("columns", left).answer(row, decide), [0.5, 0.1, 0.2]);
  const several = factsOf({ columns: ["owl", "cat", "dog"], cells, target: "class_set" });
  assertEquals(shapeOf("columns", several).answer(row, decide), [0.5, 0.1, 0.2]);
});

Deno.test("a score is the probability of the positive class", () => {
  const positive = (facts: ShapeFacts) =>
    shapeOf("score", facts).answer(Float64Array.of(0.2, 0.8), () => [])[0];
  assertEquals(positive(factsOf({ classes: ["0", "1"] })), 0.8);
  assertEquals(positive(factsOf({ classes: ["Yes", "no"] })), 0.2);
  assertEquals(positive(factsOf({ classes: ["a", "b"] })), 0.8);
  assertEquals(positive(factsOf({ classes: ["Has Cactus", "none"], columns: ["has_cactus"] })), 0.2);
  assertEquals(positive(factsOf({ classes: ["0", "1"], settings: { positive: "0" } })), 0.2);
});

Deno.test("a ranked answer begins with the most probable class, or with the known one", () => {
  const shape = shapeOf("ranked", factsOf({ columns: ["x"], cells: [["cat dog"]] }));
  const row = Float64Array.of(0.3, 0.3, 0.4);
  assertEquals(shape.write(shape.answer(row, () => [])), ["owl cat"]);
  assertEquals(shape.write(shape.known(Float64Array.of(0, 1, 0), row)), ["dog owl"]);
  const longer = shapeOf("ranked", factsOf({ settings: { ranked: 9 } }));
  assertEquals(longer.answer(row, () => []).length, 3);
});

Deno.test("known targets fill every shape in its own way", () => {
  const target = Float64Array.of(0, 1, 0), row = Float64Array.of(0.5, 0.2, 0.3);
  const known = (name: ShapeName, facts: ShapeFacts, given = target) => {
    const shape = shapeOf(name, facts);
    return shape.write(shape.known(given, row));
  };
  assertEquals(known("labels", factsOf()), ["dog"]);
  assertEquals(known("labels", factsOf({ target: "class_set" }), Float64Array.of(1, 1, 0)), ["cat dog"]);
  assertEquals(known("labels", factsOf({ target: "class_set" }), new Float64Array(3)), [""]);
  assertEquals(known("columns", factsOf()), ["0", "1", "0"]);
  assertEquals(known("score", factsOf({ classes: ["no", "yes"] }), Float64Array.of(1, 0)), ["0"]);
  assertEquals(known("value", factsOf({ target: "value" }), Float64Array.of(2.5, -1, 0)), ["2.5", "-1", "0"]);
  assertEquals(known("value", factsOf({ target: "grade", classes: ["1", "2", "3"] })), ["2"]);
});

Deno.test("labels are written as the layout does, or with the sample's separator", () => {
  const write = (facts: ShapeFacts) => shapeOf("labels", facts).write([0, 2])[0];
  assertEquals(write(factsOf({ target: "class_set", separator: "|" })), "cat|owl");
  for (const separator of [" ", ",", ", ", ";", "|"]) {
    const cells = [["cat"], ["dog" + separator + "owl"], [""]];
    assertEquals(write(factsOf({ target: "class_set", columns: ["x"], cells })), "cat" + separator + "owl");
  }
  // Class names with spaces are no several words.
  const spaced = factsOf({ classes: ["no mask", "mask", "bad mask"], target: "class_set", separator: ";" });
  assertEquals(write({ ...spaced, columns: ["x"], cells: [["no mask"], ["mask"]] }), "no mask;bad mask");
  assert(!shapeOf("labels", spaced).write([1])[0]!.includes(";"));
});
