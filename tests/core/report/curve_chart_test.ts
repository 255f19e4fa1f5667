import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { curveChart, thinOut } from "../../../core/report/curve_chart.ts";

Deno.test("thousands of points are thinned out without losing a spike, in their order", () => {
  const random = new Random(1, "curve");
  const points = Array.from({ length: 5000 }, (_, x) => ({ x, y: random.next() }));
  points[1234]!.y = 50;
  points[4321]!.y = -50;
  const kept = thinOut(points, 300);
  assert(kept.length <= 300 && kept.length > 200, String(kept.length));
  for (const index of [0, 1234, 4321, 4999]) assert(kept.includes(points[index]!), String(index));
  assertEquals(kept, [...kept].sort((a, b) => a.x - b.x));
});

Deno.test("a curve is a path through its points; what is no number is left out; a lone point is a dot", () => {
  const drawn = curveChart({
    x: "epoch",
    y: "loss",
    curves: [
      { name: "train", style: "first", points: [0, 1, 2, 3].map((x) => ({ x, y: x === 2 ? NaN : 4 - x })) },
      { name: "lone", style: "second", points: [{ x: 1, y: 2 }] },
      { name: "none", style: "third", points: [{ x: 1, y: Infinity }] },
    ],
    mark: { name: "best", x: 3, y: 1 },
  });
  const paths = [...drawn.matchAll(/ d="M([^"]*)"/g)].map(([, path]) =>
    path!.split("L").map((at) => at.split(" "))
  );
  assertEquals(paths.length, 1);
  const [[left, high], [, middle], [right, low]] = paths[0]!.map((at) => at.map(Number)) as [
    number,
    number,
  ][] as [
    [number, number],
    [number, number],
    [number, number],
  ];
  assert(left < right && high < middle && middle < low, "down the page is a smaller value");
  assert(!drawn.includes("none"));
  assertStringIncludes(drawn, "loss over epoch, at the end: train 1, lone 2, best 1 at 3");
  assertEquals(drawn.match(/<circle/g)?.length, 2);
});

Deno.test("nothing to draw is said in words", () => {
  assertEquals(curveChart({ x: "epoch", y: "loss", curves: [] }), "<p>Nothing to draw yet.</p>");
});
