import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { SilentOutput } from "../../../core/base/output.ts";
import { checkRoom, type InstallPlan, tellPlan } from "../../../core/tensorflow/install/plan.ts";

const PLAN: InstallPlan = { wheels: [], download: 30e6, unpacked: 50e6, peak: 70e6, free: 69e6 };

class Lines extends SilentOutput {
  readonly lines: string[] = [];
  override line(text = ""): void {
    this.lines.push(text);
  }
}

Deno.test("an install that the disk has no room for does not begin", () => {
  const problem = assertThrows(() => checkRoom(PLAN), Problem, "it takes 70 MB of disk, and 69 MB are free");
  assertEquals(problem.kind, "data");
  for (const free of [70e6, null]) checkRoom({ ...PLAN, free });
});

Deno.test("what is not known of the disk is not said", () => {
  const output = new Lines();
  const wheel = { package: "a", version: "1", file: "a.whl", bytes: 30e6, unpacked: 50e6, sha256: "" };
  tellPlan({ ...PLAN, wheels: [wheel], free: null }, output);
  assertMatch(
    output.lines.join("\n"),
    /^Downloading a 1 with pip: 30 MB\nIt takes 50 MB of disk, 70 MB while it installs$/,
  );
});
