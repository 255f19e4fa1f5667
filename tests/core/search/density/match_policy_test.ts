import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  drawDiversity,
  easiestLoss,
  matchPolicy,
  type Views,
} from "../../../../core/search/density/match_policy.ts";

/** Views of two images with one class; the loss is that of a positive label. */
function views(...draws: [number, number][]): Views {
  return {
    losses: draws.map((draw) => Float32Array.from(draw, (p) => -Math.log(p))),
    probabilities: draws.map((draw) => Float32Array.from(draw)),
    classes: 1,
  };
}

const plain = views([0.9, 0.8], [0.8, 0.9]);
const reference = { views: plain, guess: Float32Array.of(0.7, 0.7) };

describe("density matching", () => {
  it("takes each image's easiest view", () => {
    assertAlmostEquals(easiestLoss(plain), -Math.log(0.9), 1e-6);
    assertAlmostEquals(drawDiversity(plain), 0.1, 1e-6);
  });

  it("lets doing nothing be worth no more than guessing", () => {
    const match = matchPolicy(plain, reference);
    assertEquals([match.lost, match.trivial, match.destroyed], [1, 1, 0]);
  });

  it("counts views that the network would rather guess as destroyed", () => {
    const match = matchPolicy(views([0.1, 0.1], [0.1, 0.1]), reference);
    assertEquals([match.lost, match.trivial, match.destroyed], [1, 0, 1]);
  });

  it("prefers views that move the answer and leave it right", () => {
    const useful = matchPolicy(views([0.75, 0.65], [0.65, 0.75]), reference);
    assert(useful.score > matchPolicy(plain, reference).score);
    assert(useful.score > matchPolicy(views([0.1, 0.1], [0.1, 0.1]), reference).score);
  });

  it("calls a view trivial by degrees", () => {
    const match = matchPolicy(views([0.85, 0.75], [0.75, 0.85]), reference);
    assertAlmostEquals(match.trivial, 0.5, 1e-5);
  });

  it("asks for one view of an image that teaches, not for all", () => {
    const some = matchPolicy(views([0.9, 0.8], [0.7, 0.7]), reference);
    const all = matchPolicy(views([0.7, 0.7], [0.7, 0.7]), reference);
    assertAlmostEquals(some.lost, all.lost, 1e-6);
    assert(some.trivial > all.trivial);
  });

  it("does not blame a policy for images the network does not know", () => {
    const unknown = { views: views([0.2, 0.2], [0.2, 0.2]), guess: reference.guess };
    assertEquals(matchPolicy(views([0.1, 0.1], [0.1, 0.1]), unknown).destroyed, 0);
  });
});
