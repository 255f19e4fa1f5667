import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readPlanStatus } from "../../../core/queue/plan_status.ts";
import { statusPage } from "../../../core/queue/status_page.ts";
import {
  countSentence,
  filledColumns,
  STATUS_HEADER,
  statusRow,
  unitsByState,
} from "../../../core/queue/status_rows.ts";
import { plainStatus, type WorkStatus } from "../../../core/queue/unit_status.ts";

const TIME = "2026-01-01T12:00:00.000Z";
const STATUS: WorkStatus = {
  source: "redis://machine:6379/0",
  time: TIME,
  counts: { runs: 1, failed: 1, waits: 1, cancelled: 0, done: 3 },
  units: [
    { ...plainStatus({ id: "c", title: "swa a" }, "waits"), waits_for: ["train a", "train <b> (failed)"] },
    {
      ...plainStatus({ id: "a", title: "train a" }, "runs"),
      machine: "laptop",
      since: "2026-01-01T11:58:45.000Z",
      epoch: 3,
      loss: 0.25,
      kills: 1,
    },
    {
      ...plainStatus({ id: "b", title: "train <b>" }, "failed"),
      since: "2026-01-01T11:00:00.000Z",
      note: "out of memory",
      failures: 3,
    },
    plainStatus({ id: "d", title: "hash" }, "done"),
  ],
};

Deno.test("a status names each unit with where it is, how far, and why", () => {
  assertEquals(countSentence(STATUS), "6 units: 1 runs, 1 has failed, 1 waits, 3 are done");
  const rows = unitsByState(STATUS).map((unit) => statusRow(unit, STATUS));
  assertEquals(rows, [
    ["runs", "train a", "laptop", "1 min 15 s", "epoch 3, loss 0.2500", "lost its worker once"],
    ["failed", "train <b>", "", "1 h 0 min ago", "", "out of memory; failed 3 times"],
    ["waits", "swa a", "", "", "", "waits for train a, train <b> (failed)"],
    ["done", "hash", "", "", "", ""],
  ]);
});

Deno.test("what can begin comes first, then titles by their numbers; empty columns are left out", () => {
  const waits = (title: string, needs: string[]) => ({
    ...plainStatus({ id: title, title }, "waits"),
    waits_for: needs,
  });
  const units = [waits("swa 1", ["train 1"]), waits("train 10", []), waits("train 9", [])];
  const status = { ...STATUS, units };
  const rows = unitsByState(status).map((unit) => statusRow(unit, status));
  assertEquals(filledColumns(STATUS_HEADER, rows), {
    header: ["state", "unit", "note"],
    rows: [["waits", "train 9", ""], ["waits", "train 10", ""], ["waits", "swa 1", "waits for train 1"]],
  });
});

Deno.test("the page has a table for each state, says what it leaves out, and fetches nothing", () => {
  const page = statusPage(STATUS);
  for (const text of ["<h2>Running</h2>", "<h2>Failed</h2>", "train &lt;b&gt;", "and 2 more"]) {
    assertStringIncludes(page, text);
  }
  assert(!page.includes("<h2>Cancelled</h2>"));
  assert(!/<script|src=|href=|http/.test(page), "nothing is fetched or run");
  assertStringIncludes(statusPage(STATUS, { reload: 5 }), "setTimeout(() => location.reload(), 5000)");
});

Deno.test("a plan's status is what its store tells", async () => {
  const units = [
    { id: "a", title: "train a", needs: [] },
    { id: "b", title: "train b", needs: [] },
    { id: "c", title: "end", needs: ["a", "b"] },
  ];
  const outcomes = {
    result: (id: string) => Promise.resolve(id === "a" ? { machine: "laptop", ended: TIME } : null),
    failure: (id: string) =>
      Promise.resolve(id === "b" ? { machine: "desk", time: TIME, message: "no such loss" } : null),
  };
  const status = await readPlanStatus(units, { source: "plan.jsonl", outcomes });
  assertEquals(status.counts, { runs: 0, failed: 1, waits: 1, cancelled: 0, done: 1 });
  assertEquals(status.units.map(({ machine, note, waits_for }) => [machine, note, ...waits_for]), [
    ["laptop", null],
    ["desk", "no such loss"],
    [null, null, "train b (failed)"],
  ]);
});
