import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Example } from "../../../core/base/example.ts";
import { openLoaders } from "../../../core/train/open_loaders.ts";
import { balancedOrder } from "../../../core/train/balanced_order.ts";
import { writeExamples } from "../data/_pictures.ts";
import { tinyConfig, tinyExperiment } from "./_tiny.ts";

/** 60 examples of class 0, 30 of class 1, 8 of both, 2 of class 2. */
function imbalanced(): Example[] {
  return Array.from({ length: 100 }, (_, i) => {
    const labels = i < 60 ? [0] : i < 90 ? [1] : i < 98 ? [0, 1] : [2];
    return { id: `id${String(i).padStart(3, "0")}`, source: "train", files: [], labels };
  });
}

describe("balancedOrder()", () => {
  it("asks for each class equally often in an epoch as long as the split", () => {
    const order = balancedOrder(imbalanced(), { seed: 0, epoch: 0 });
    assertEquals(order.length, 100);
    const rare = order.filter(({ labels }) => labels!.includes(2)).length;
    assert(rare === 33 || rare === 34, `${rare}`);
  });

  it("goes round all examples of a class before one comes again", () => {
    const order = balancedOrder(imbalanced(), { seed: 0, epoch: 0 });
    const ids = order.filter(({ labels }) => labels!.join() === "1").map(({ id }) => id);
    assertEquals(new Set(ids).size, ids.length);
  });

  it("depends on seed and epoch alone, not on the order given", () => {
    const at = { seed: 1, epoch: 4 };
    assertEquals(balancedOrder(imbalanced(), at), balancedOrder(imbalanced().reverse(), at));
    assertNotEquals(balancedOrder(imbalanced(), at), balancedOrder(imbalanced(), { seed: 1, epoch: 5 }));
  });

  it("keeps examples without labels as a class of their own", () => {
    const unlabelled = imbalanced().map((example, i) => i < 10 ? { ...example, labels: [] } : example);
    const order = balancedOrder(unlabelled, { seed: 0, epoch: 0 });
    assertEquals(order.filter(({ labels }) => labels!.length === 0).length, 25);
  });
});

describe("train.sampling", () => {
  async function idsOf(sampling: string, train: Example[]): Promise<string[]> {
    const config = tinyConfig("unused", {
      train: { sampling, batch_size: 5 },
      transform: { params: { size: 8 }, num_preprocessor: 0 },
    });
    const layout = { channels: ["red", "green", "blue", "yellow"] };
    const experiment = await tinyExperiment(config, { layout });
    const made = await openLoaders({ experiment, examples: { train, val: train } });
    return (await Array.fromAsync(made.train.batches(0))).flatMap(({ ids }) => ids);
  }

  it("gives every example once, or balanced the rare class as often as the others", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const examples = (await writeExamples(folder, 12)).map((example, i) => ({
        ...example,
        labels: [i === 0 ? 1 : 0],
      }));
      const rare = examples[0]!.id;
      const count = (ids: string[]) => ids.filter((id) => id === rare).length;
      assertEquals(count(await idsOf("all", examples)), 1);
      assertEquals(count(await idsOf("balanced", examples)), 6);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
