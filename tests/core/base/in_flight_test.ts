import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { forEachInFlight } from "../../../core/base/in_flight.ts";

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

describe("forEachInFlight", () => {
  it("does all items, never more than so many at once", async () => {
    const done: number[] = [];
    let inFlight = 0, most = 0;
    await forEachInFlight([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++inFlight);
      await pause();
      inFlight--;
      done.push(item);
    });
    assertEquals([done.sort(), most], [[1, 2, 3, 4, 5], 2]);
  });

  it("begins nothing after an error, and throws it when what is under way has ended", async () => {
    const begun: number[] = [], error = new Error("item 2");
    let ended = false;
    const work = async (item: number) => {
      begun.push(item);
      if (item === 2) throw error;
      await pause();
      ended = true;
    };
    assert(error === await assertRejects(() => forEachInFlight([1, 2, 3, 4], 2, work)));
    assertEquals([begun, ended], [[1, 2], true]);
  });
});
