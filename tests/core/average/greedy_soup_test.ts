import { assert, assertEquals } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { greedySoup } from "../../../core/average/greedy_soup.ts";
import type { EpochCheckpoint } from "../../../core/run_folder/run_folder.ts";

function checkpoint(epoch: number): EpochCheckpoint {
  return { epoch, path: `epoch_${epoch}` };
}

/** A score of every set of epochs, without any order in it. */
function randomScores(seed: number) {
  return (epochs: readonly number[]) => new Random(seed, epochs.join()).integer(0, 9);
}

/** The recipe as the paper has it, over sets of epochs. */
function recipe(epochs: readonly number[], scoreOf: (epochs: readonly number[]) => number): Set<number> {
  const order = [...epochs].sort((a, b) => scoreOf([b]) - scoreOf([a]) || b - a);
  const soup = new Set([order[0]!]);
  for (const epoch of order.slice(1)) {
    const larger = [...soup, epoch].sort((a, b) => a - b), now = [...soup].sort((a, b) => a - b);
    if (scoreOf(larger) >= scoreOf(now)) soup.add(epoch);
  }
  return soup;
}

Deno.test("greedySoup() follows the paper's recipe, in either direction", async () => {
  const epochs = [3, 4, 5, 6, 7, 8];
  const sizes = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const scoreOf = randomScores(seed), expected = recipe(epochs, scoreOf);
    for (const better of ["higher", "lower"] as const) {
      const sign = better === "higher" ? 1 : -1;
      const { kept, score, tried } = await greedySoup(epochs.map(checkpoint), {
        better,
        scoreOf: (soup) => Promise.resolve(sign * scoreOf(soup.map(({ epoch }) => epoch))),
      });
      assertEquals(kept.map(({ epoch }) => epoch), [...expected].sort((a, b) => a - b));
      assertEquals(score, sign * scoreOf(kept.map(({ epoch }) => epoch)));
      assertEquals(tried.length, epochs.length);
      assert(tried.every(({ alone }) => sign * alone <= sign * score));
      sizes.add(kept.length);
    }
  }
  assert(sizes.size > 3, `sizes ${[...sizes]}`);
});

Deno.test("greedySoup() scores each checkpoint once alone and each larger soup once, and tells of each", async () => {
  const asked: string[] = [], told: number[] = [];
  await greedySoup([1, 2, 3].map(checkpoint), {
    better: "higher",
    scoreOf(soup) {
      asked.push(soup.map(({ epoch }) => epoch).join("+"));
      return Promise.resolve(soup.length);
    },
    onTasted: ({ checkpoint: { epoch } }) => told.push(epoch),
  });
  assertEquals(asked, ["3", "2", "1", "2+3", "1+2+3"]);
  assertEquals(told, [3, 2, 1]);
});
