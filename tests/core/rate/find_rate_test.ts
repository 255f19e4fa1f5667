import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { findRate, steepestRate, valleyRate } from "../../../core/rate/find_rate.ts";
import { ratePage } from "../../../core/rate/rate_page.ts";
import { tinyConfig, tinyOptions } from "../train/_tiny.ts";

await tf.setBackend("cpu");

function curve(losses: number[]): { rate: number; smooth: number }[] {
  return losses.map((smooth, i) => ({ rate: 10 ** (i - 8), smooth }));
}

describe("suggestions", () => {
  it("take the middle of the longest fall and the steepest step", () => {
    const points = curve([1, 1.01, 0.99, 0.9, 0.95, 0.7, 0.6, 2, 9]);
    // The fall runs over 1.01, 0.99, 0.95 (or 0.9), 0.7, 0.6.
    assertEquals(valleyRate(points), points[3]!.rate);
    assertEquals(steepestRate(points), points[5]!.rate);
  });
});

describe("findRate()", () => {
  it("goes from low to high, ends when the loss explodes, and finds a rate that learns", async () => {
    const options = await tinyOptions(
      tinyConfig("unused", { optimizer: { name: "sgd", params: { nesterov: false, momentum: 0 } } }),
    );
    const before = tf.memory().numTensors;
    const found = await findRate(options, { steps: 60, from: 1e-4, to: 1e6 });
    assertEquals(tf.memory().numTensors, before);
    assert(found.points.length < 60, "never exploded");
    assertEquals(found.points[0]!.rate, 1e-4);
    assert(found.valley > 1e-3 && found.valley < 1e3, `${found.valley}`);
  });

  it("goes over the split again when there are more steps than batches", async () => {
    const found = await findRate(await tinyOptions(tinyConfig("unused")), {
      steps: 13,
      from: 1e-6,
      to: 1e-5,
    });
    assertEquals(found.points.length, 13);
    assert(Math.abs(found.points[12]!.rate - 1e-5) < 1e-12);
  });

  it("is shown on a page of its own", async () => {
    const found = await findRate(await tinyOptions(tinyConfig("unused")), {
      steps: 10,
      from: 1e-5,
      to: 1e-2,
    });
    const page = ratePage("Rates for a<b", found);
    assertStringIncludes(page, "<svg");
    assertStringIncludes(page, "a&lt;b");
    assertStringIncludes(page, found.valley.toExponential(2));
  });
});
