import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import type { Loss, LossContext, TargetKind } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import golden from "../golden/losses.json" with { type: "json" };

const registry = await loadPlugins([], ["losses"]);
await tf.setBackend("cpu");

function evaluate(loss: Loss, logits: number[][], labels: number[][]) {
  return tf.tidy(() => {
    const target = tf.tensor2d(labels);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => loss.compute(x as tf.Tensor2D, target))(
      tf.tensor2d(logits),
    );
    return { value: value.dataSync()[0]!, gradient: [...grad.dataSync()] };
  });
}

function assertClose(actual: number, expected: number, what: string): void {
  assertAlmostEquals(actual, expected, 2e-6 * Math.max(1, Math.abs(expected)), what);
}

const CONTEXT: LossContext = { classes: 4, target: "class_set" };
const LOGITS = [[0.3, -0.7, 1.1, 0.2], [-1.4, 0.6, -0.2, 2.1]];
const LABELS = [[1, 0, 0, 0], [0, 0, 1, 0]];
const SOFT = [[0.75, 0.125, 0, 0.125], [0.25, 0, 0.5, 0.25]];
const TARGETS = { "labels": LABELS, "soft targets": SOFT };

describe("losses", () => {
  for (const [index, entry] of golden.cases.entries()) {
    it(`${entry.name} ${JSON.stringify(entry.params)} equals PyTorch (${index})`, () => {
      const loss = registry.get("losses", entry.name).create(entry.params, {
        ...CONTEXT,
        target: entry.target as TargetKind,
      });
      const { value, gradient } = evaluate(loss, entry.logits, entry.labels);
      assertClose(value, entry.loss, "loss");
      entry.gradient.flat().forEach((expected, i) => assertClose(gradient[i]!, expected, `gradient ${i}`));
    });
  }

  for (const name of ["binary_focal_loss", "cross_entropy", "asymmetric_loss", "softmax_cross_entropy"]) {
    it(`${name}: mixed targets cost the mix of the costs`, () => {
      const loss = registry.get("losses", name).create({}, CONTEXT);
      const mixed = SOFT.map((row, r) => row.map((value, c) => 0.3 * value + 0.7 * LABELS[r]![c]!));
      const [soft, hard] = [SOFT, LABELS].map((targets) => evaluate(loss, LOGITS, targets).value);
      assertClose(evaluate(loss, LOGITS, mixed).value, 0.3 * soft! + 0.7 * hard!, name);
    });
  }

  for (const plugin of registry.list("losses")) {
    const context = { ...CONTEXT, target: plugin.targets?.[0] ?? CONTEXT.target };

    for (const [what, targets] of Object.entries(TARGETS)) {
      it(`${plugin.name}: the gradient equals the difference quotient at ${what}`, () => {
        const loss = plugin.create({}, context);
        const { gradient } = evaluate(loss, LOGITS, targets);
        const step = 1e-2;
        gradient.forEach((slope, i) => {
          const moved = (by: number) =>
            LOGITS.map((row, r) => row.map((value, c) => r * 4 + c === i ? value + by : value));
          const quotient =
            (evaluate(loss, moved(step), targets).value - evaluate(loss, moved(-step), targets).value) /
            (2 * step);
          assertAlmostEquals(slope, quotient, 1e-4, `logit ${i}`);
        });
      });
    }

    it(`${plugin.name}: stays finite at logits of +-100 and leaks no tensor`, () => {
      const loss = plugin.create({}, context);
      const before = tf.memory().numTensors;
      const { value, gradient } = evaluate(loss, [[100, -100, 100, -100], [0, 0, -100, 100]], LABELS);
      assert(Number.isFinite(value), `loss ${value}`);
      assert(gradient.every(Number.isFinite), `gradient ${gradient}`);
      assertEquals(tf.memory().numTensors, before);
    });
  }
});
