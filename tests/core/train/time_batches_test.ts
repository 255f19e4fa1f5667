import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Batch, Loader } from "../../../core/data/loader.ts";
import { trainingSeconds } from "../../../core/train/estimate_training.ts";
import { timeBatches } from "../../../core/train/time_batches.ts";

/** A loop whose clock goes by what its parts are said to take, in seconds. */
interface Pace {
  readonly batches: number;
  readonly images: number;
  /** Wait for the first batch of an epoch. */
  readonly wait: number;
  readonly step: number;
  /** Extra time of the first steps of all. */
  readonly extra: readonly number[];
}

/** Times a loop on a made-up clock; also tells how many batches it took. */
async function timed({ batches, images, wait, step, extra }: Pace) {
  let seconds = 1000, steps = 0;
  const loader: Loader = {
    batchCount: batches,
    views: 1,
    size: 1,
    async *batches() {
      seconds += wait;
      for (let index = 0; index < batches; index++) yield { index, count: images } as Batch;
      await Promise.resolve();
    },
    close() {},
  };
  const timing = await timeBatches(loader, {
    step: () => {
      seconds += step + (extra[steps++] ?? 0);
      return Promise.resolve();
    },
    settle: () => Promise.resolve(),
    now: () => seconds * 1000,
  });
  return { ...timing, steps, total: seconds - 1000 };
}

describe("timeBatches", () => {
  it("counts the waits between short epochs, and tells what the start took beyond its images", async () => {
    const pace = { batches: 10, images: 32, wait: 0.5, step: 0.1, extra: [2, 0.5] };
    const { perImage, start } = await timed(pace);
    assertAlmostEquals(perImage, (0.5 + 10 * 0.1) / 320, 1e-9);
    assertAlmostEquals(start, 2.5, 1e-9);
    const fifty = 0.5 * 50 + 0.1 * 500 + 2.5;
    const { seconds } = trainingSeconds({ train: { perImage, start }, val: { perImage: 0, start: 0 } }, {
      examples: { train: 320, val: 0 },
      epochs: 50,
      savedBytes: 0,
    });
    assertAlmostEquals(seconds, fifty, 1e-9);
  });

  it("stops within long epochs", async () => {
    const { perImage, total } = await timed({
      batches: 10_000,
      images: 8,
      wait: 0.4,
      step: 0.25,
      extra: [1],
    });
    assertAlmostEquals(perImage, 0.25 / 8, 1e-9);
    assertEquals(total < 15, true);
  });

  it("is content with one batch of each phase where a batch takes very long", async () => {
    const { perImage, steps } = await timed({ batches: 100, images: 4, wait: 0, step: 30, extra: [] });
    assertEquals([steps, perImage], [2, 7.5]);
  });

  it("ends where there are no batches", async () => {
    const { perImage, start } = await timed({ batches: 0, images: 1, wait: 1, step: 1, extra: [] });
    assertEquals([perImage, start], [0, 0]);
  });
});

describe("trainingSeconds", () => {
  it("adds training, validation, checkpoints of 300 MB a second, and both starts", () => {
    const timings = { train: { perImage: 0.5, start: 3 }, val: { perImage: 0.25, start: 1 } };
    const work = { examples: { train: 10, val: 4 }, epochs: 6, savedBytes: 6e8 };
    assertEquals(trainingSeconds(timings, work), { seconds_per_epoch: 8, seconds: 52 });
  });
});
