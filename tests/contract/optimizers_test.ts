import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import type { Optimizer } from "../../core/plugin/contracts.ts";
import { decaysFor } from "../../core/optim/optimizer_slots.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import golden from "../golden/optimizers.json" with { type: "json" };

const registry = await loadPlugins([], ["optimizers"]);
await tf.setBackend("cpu");

function variables(): Map<string, tf.Variable> {
  return new Map<string, tf.Variable>([["fc.weight", tf.variable(tf.tensor2d([[0.5, -1], [2, 0.25]]))], [
    "fc.bias",
    tf.variable(tf.tensor1d([1])),
  ]]);
}

function feed(optimizer: Optimizer, gradient: number[], rate = optimizer.learningRate): void {
  tf.tidy(() =>
    optimizer.step({ "fc.weight": tf.tensor2d(gradient, [2, 2]), "fc.bias": tf.tensor1d([0]) }, rate)
  );
}

function values(trained: Map<string, tf.Variable>): number[] {
  return [...trained.get("fc.weight")!.dataSync()];
}

describe("optimizers", () => {
  for (const [index, entry] of golden.cases.entries()) {
    it(`${entry.name} ${JSON.stringify(entry.params)} equals PyTorch (${index})`, () => {
      const trained = variables();
      const optimizer = registry.get("optimizers", entry.name).create(entry.params, { variables: trained });
      golden.gradients.forEach((gradient, step) => {
        feed(optimizer, gradient);
        const expected = entry.after[step]!;
        values(trained).forEach((value, i) =>
          assertAlmostEquals(value, expected[i]!, 1e-6 * Math.max(1, Math.abs(expected[i]!)), `step ${step}`)
        );
      });
    });
  }

  for (const plugin of registry.list("optimizers")) {
    it(`${plugin.name}: a restored state goes on as if never interrupted`, () => {
      const [straight, resumed] = [variables(), variables()];
      const first = plugin.create({}, { variables: straight });
      golden.gradients.forEach((gradient) => feed(first, gradient));
      let optimizer = plugin.create({}, { variables: resumed });
      golden.gradients.forEach((gradient, step) => {
        if (step === 3) {
          const next = plugin.create({}, { variables: resumed });
          next.restore(optimizer.state(), optimizer.steps);
          optimizer.dispose();
          optimizer = next;
        }
        feed(optimizer, gradient);
      });
      assertEquals(values(resumed), values(straight));
      assertEquals(optimizer.steps, golden.gradients.length);
    });

    it(`${plugin.name}: no tensor more from the second step on, none left after dispose`, () => {
      const trained = variables();
      const before = tf.memory().numTensors;
      const optimizer = plugin.create({}, { variables: trained });
      feed(optimizer, [1, 2, 3, 4]);
      const after = tf.memory().numTensors;
      feed(optimizer, [1, 2, 3, 4]);
      assertEquals(tf.memory().numTensors, after);
      optimizer.dispose();
      assertEquals(tf.memory().numTensors, before);
    });

    it(`${plugin.name}: a learning rate of 0 changes nothing, a rate factor scales the step`, () => {
      const [slow, fast] = [variables(), variables()];
      const still = plugin.create({}, { variables: slow });
      feed(still, [1, 2, 3, 4], 0);
      assertEquals(values(slow), [0.5, -1, 2, 0.25]);
      const halved = plugin.create({ weight_decay: 0 }, { variables: slow, rateFactor: () => 0.5 });
      const plain = plugin.create({ weight_decay: 0 }, { variables: fast });
      feed(halved, [1, 2, 3, 4], 0.2);
      feed(plain, [1, 2, 3, 4], 0.1);
      assertEquals(values(slow), values(fast));
    });

    it(`${plugin.name}: skip_decay decays the weights and leaves rank 1 alone`, () => {
      const trained = variables();
      const optimizer = plugin.create({ weight_decay: 0.5, skip_decay: true }, { variables: trained });
      feed(optimizer, [0, 0, 0, 0], 0.1);
      assertEquals(trained.get("fc.bias")!.dataSync()[0], 1);
      assertEquals(values(trained)[0]! < 0.5, true);
      const all = plugin.create({ weight_decay: 0.5, skip_decay: false }, { variables: trained });
      feed(all, [0, 0, 0, 0], 0.1);
      assertEquals(trained.get("fc.bias")!.dataSync()[0]! < 1, true);
    });

    it(`${plugin.name}: refuses a state of other parameters`, () => {
      const optimizer = plugin.create({}, { variables: variables() });
      const state = new Map([["exp_avg.conv1.weight", tf.zeros([1])]]);
      assertThrows(() => optimizer.restore(state, 1), Error, "belongs to no trained parameter");
    });
  }

  it("skip_decay is for the filters and matrices, as in timm's groups of parameters", () => {
    const shapes = {
      "head.weight": [2, 3],
      "proj.weight": [1, 1, 2, 3],
      "norm.bias": [3],
      cls_token: [1, 1, 3],
    };
    const decays = Object.entries(shapes).map(([name, shape]) => {
      const variable = tf.variable(tf.zeros(shape));
      const answers = [true, false].map((skip_decay) =>
        decaysFor({ variables: new Map([[name, variable]]) }, { skip_decay }, name)
      );
      variable.dispose();
      return answers;
    });
    assertEquals(decays, [[true, true], [true, true], [false, true], [false, true]]);
  });

  it("reads betas as upstream's YAML files write them and refuses code", () => {
    const adam = registry.get("optimizers", "adam");
    assertEquals((adam.params.parse({ betas: "(0.8, 0.9)" }) as { betas: number[] }).betas, [0.8, 0.9]);
    assertThrows(() => adam.params.parse({ betas: "__import__('os')" }));
  });
});
