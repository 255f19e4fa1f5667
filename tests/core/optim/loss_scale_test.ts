import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LossScale } from "../../../core/optim/loss_scale.ts";
import golden from "../../golden/loss_scale.json" with { type: "json" };

await tf.setBackend("cpu");

/** The whole sequence of a golden list that is shortened to `[value, how often]`. */
function unfold<Value>(stretches: unknown): Value[] {
  return (stretches as [Value, number][]).flatMap(([value, count]) => Array<Value>(count).fill(value));
}

describe("dynamic loss scaling", () => {
  it("has the scales of torch.amp.GradScaler and leaves out the same updates", async () => {
    const scale = new LossScale();
    const scales: number[] = [], stepped: boolean[] = [];
    const before = tf.memory().numTensors;
    for (const overflows of unfold<boolean[]>(golden.updates)) {
      scales.push(scale.value);
      for (const overflow of overflows) scale.add(tf.scalar(overflow ? 0 : 1));
      stepped.push(await scale.update());
    }
    assertEquals(scales, unfold<number>(golden.scales));
    assertEquals(stepped, unfold<boolean>(golden.stepped));
    assertEquals([scale.value, tf.memory().numTensors], [golden.last_scale, before]);
  });

  it("goes on from its state", () => {
    const whole = new LossScale(), first = new LossScale(), second = new LossScale();
    const updates = Array.from({ length: 4500 }, (_, index) => index !== 3 && index !== 2100);
    for (const finite of updates) whole.advance(finite);
    for (const finite of updates.slice(0, 2050)) first.advance(finite);
    second.restore(JSON.parse(JSON.stringify(first.state())));
    for (const finite of updates.slice(2050)) second.advance(finite);
    assertEquals([second.value, second.state()], [whole.value, whole.state()]);
    assertEquals(whole.value, 2 ** (16 - 1 + 1 - 1 + 1));
  });

  it("stays at its floor, and is exhausted where that does not help", () => {
    const scale = new LossScale();
    for (let update = 0; update < 16; update++) {
      scale.advance(false);
      assert(!scale.exhausted, `${scale.value}`);
    }
    assertEquals(scale.value, 1);
    scale.advance(true);
    assert(!scale.exhausted);
    scale.advance(false);
    assertEquals([scale.value, scale.exhausted], [1, true]);
  });

  it("ends at the largest power of two in float32", () => {
    const scale = new LossScale();
    for (let update = 0; update < 115 * 2000; update++) scale.advance(true);
    assertEquals(scale.value, 2 ** 127);
  });
});
