import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { escapeControls } from "../../../core/cli/output.ts";
import { helpText, readFlags, runTask, type Task } from "../../../core/cli/task.ts";
import { dataProblem, Problem } from "../../../core/base/problem.ts";

const flags = z.strictObject({
  num_tta: z.int().min(1).default(4).describe("Views per image"),
  split: z.enum(["val", "test"]).default("test").describe("Which split"),
  set: z.array(z.string()).default([]).describe("key=value"),
  fresh: z.boolean().default(false).describe("Start over"),
});

function makeTask(run: Task<typeof flags>["run"]): Task<typeof flags> {
  const examples = ["deno task sample", "deno task sample --num_tta=8"] as const;
  return { name: "sample", about: "A sample", examples, flags, run, positionals: "[config...]" };
}

describe("readFlags()", () => {
  it("reads values, repeats and positionals", () => {
    const args = ["a.yml", "--num_tta=8", "--set", "a=1", "--set=b=2", "--fresh", "b.yml"];
    const read = readFlags(flags, args);
    assertEquals(read.flags, { num_tta: 8, split: "test", set: ["a=1", "b=2"], fresh: true });
    assertEquals(read.positionals, ["a.yml", "b.yml"]);
  });
  it("gives defaults", () => {
    assertEquals(readFlags(flags, []).flags, { num_tta: 4, split: "test", set: [], fresh: false });
  });
  it("takes dashes for underscores in flag names, not in values", () => {
    const read = readFlags(flags, ["--num-tta=8", "--set=a-b=c-d", "--no-fresh"]);
    assertEquals(read.flags, { num_tta: 8, split: "test", set: ["a-b=c-d"], fresh: false });
  });
  it("names every mistake", () => {
    const problem = assertThrows(() => readFlags(flags, ["--num_ta=8", "--split=tset"]), Problem);
    assertStringIncludes(problem.message, 'unknown flag --num_ta=8: did you mean "num_tta"?');
    assertStringIncludes(problem.message, '--split "tset"');
    assertEquals(problem.exitCode, 2);
  });
  it("takes the letter of a flag, and no other", () => {
    assertEquals(readFlags(flags, ["-n", "8", "a.yml"], { num_tta: "n" }).flags.num_tta, 8);
    assertEquals(readFlags(flags, ["-s", "val"], { split: "s" }).flags.split, "val");
    assertThrows(() => readFlags(flags, ["-x"], { num_tta: "n" }), Problem, "unknown flag -x");
  });
  it("refuses a number that is none", () => {
    assertThrows(() => readFlags(flags, ["--num_tta=many"]), Problem, "--num_tta");
    assertThrows(() => readFlags(flags, ["--num_tta="]), Problem, "--num_tta");
  });
});

describe("runTask()", () => {
  it("returns the exit code of a problem", async () => {
    const task = makeTask(() => Promise.reject(dataProblem("Cannot read a", "Do b")));
    assertEquals(await runTask(task, ["--quiet"]), 3);
  });
  it("returns 1 for anything else", async () => {
    assertEquals(await runTask(makeTask(() => Promise.reject(new Error("boom"))), ["--quiet"]), 1);
  });
  it("returns 2 for wrong flags and 0 when done", async () => {
    const task = makeTask(() => Promise.resolve());
    assertEquals(await runTask(task, ["--nope"]), 2);
    assertEquals(await runTask(task, ["--quiet"]), 0);
  });
});

Deno.test("helpText() shows examples first, then flags with defaults", () => {
  const help = helpText(makeTask(() => Promise.resolve()));
  assertStringIncludes(help, "deno task sample [flags] [config...]");
  assertStringIncludes(help, "--num_tta            Views per image (4)");
  assertEquals(help.indexOf("Examples:") < help.indexOf("Flags:"), true);
});

describe("escapeControls()", () => {
  it("shows what would command a terminal, and leaves lines and letters", () => {
    assertEquals(escapeControls("a\x1b[2Jb\rc\x9bd\x7f"), "a\\x1b[2Jb\\x0dc\\x9bd\\x7f");
    assertEquals(escapeControls("Zellkern β\n\tq"), "Zellkern β\n\tq");
  });
});
