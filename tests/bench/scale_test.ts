import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { scaleTable } from "./scale.ts";
import { FIGURES } from "./scale/figures.ts";
import { simulate, type Site } from "./scale/simulate.ts";
import { type SimulatedUnit, unitsOf } from "./scale/work.ts";

const SITE: Site = {
  machines: 1,
  speed: 1,
  storeBytesASecond: 1e9,
  storeReadsASecond: 100,
  storeWritesASecond: 50,
  imagesFromStore: false,
  seed: 1,
};
const UNIT = { steps: 1, seconds: 0, images: 0, fetched: 0, saved: 0, stored: 0, files: 1, needs: [] };

/** The figures, without what happens by chance. */
const CERTAIN = {
  ...FIGURES,
  assumed: { ...FIGURES.assumed, seconds_between_failures_of_a_machine: 1e15, machine_bytes_a_second: 2e8 },
};

Deno.test("a unit alone takes what its transfers and the queue take", () => {
  const unit: SimulatedUnit = { ...UNIT, kind: "join", fetched: 1e9, stored: 1e6, files: 2 };
  const { seconds, reads, writes, readBytes, keptBytes } = simulate([unit], SITE, CERTAIN);
  const { add_unit, take_and_complete, progress } = FIGURES.measured.queue_milliseconds;
  // 1 GB at the machine's 0.2 GB/s; 6 small writes at 50 a second.
  assertAlmostEquals(seconds, 5 + 6 / 50 + (add_unit + take_and_complete + progress) / 1000, 1e-9);
  assertEquals([reads, writes, readBytes, keptBytes], [6, 6, 1e9, 1e6]);
});

Deno.test("machines share the store's line, and a unit waits for those that it needs", () => {
  const first = { ...UNIT, kind: "a", fetched: 1e9 }, second = { ...UNIT, kind: "b", fetched: 1e9 };
  const last = { ...UNIT, kind: "c", fetched: 1e9, needs: [first, second] };
  const site = {
    ...SITE,
    machines: 3,
    storeBytesASecond: 1e8,
    storeReadsASecond: 1e6,
    storeWritesASecond: 1e6,
  };
  // One after the other through 0.1 GB/s: 10 s each.
  assertAlmostEquals(simulate([first, second, last], site, CERTAIN).seconds, 30, 0.01);
});

Deno.test("what dies goes on after its last step", () => {
  const unit = { ...UNIT, kind: "train", steps: 100, seconds: 10, saved: 1e3 };
  const figures = {
    ...FIGURES,
    assumed: {
      ...FIGURES.assumed,
      seconds_between_failures_of_a_machine: 100,
      seconds_to_replace_a_machine: 0,
    },
  };
  const { killed, lost, computing, seconds } = simulate([unit], { ...SITE, machines: 2 }, figures);
  assert(killed > 0);
  assertAlmostEquals(computing * seconds * 2, 1000, 1e-6);
  assert(lost * seconds * 2 <= 11.6 * killed);
});

Deno.test("images that are read from the store bound every step", () => {
  const unit = { ...UNIT, kind: "train", seconds: 1, images: 1e5 };
  const bytes = 1e5 * FIGURES.measured.cached_image_bytes;
  const { seconds, readBytes } = simulate([unit], { ...SITE, imagesFromStore: true }, CERTAIN);
  assertEquals(readBytes, bytes);
  assert(seconds > bytes / SITE.storeBytesASecond);
});

Deno.test("units of a competition come after those that they need", () => {
  const units = unitsOf({
    trainImages: 80,
    testImages: 20,
    trainings: 3,
    epochs: 2,
    hashParts: 4,
    inferenceParts: 5,
    submitted: 2,
  }, FIGURES);
  assertEquals(units.length, 4 + 1 + 3 * (1 + 1 + 5 + 1) + 1);
  const place = new Map(units.map((unit, i) => [unit, i]));
  for (const [i, unit] of units.entries()) assert(unit.needs.every((need) => place.get(need)! < i));
});

Deno.test("docs/scale.md has the table that the simulation makes", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/scale.md", import.meta.url));
  const rows = text.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  const { header, rows: expected } = scaleTable();
  assertEquals(rows.filter(([first]) => !first!.startsWith("-")), [header, ...expected]);
});
