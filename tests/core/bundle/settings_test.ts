import { assertEquals } from "@std/assert";
import { bundleSettings } from "../../../core/bundle/settings.ts";

Deno.test("tasks keep their permissions; those that download or start programs, and the project's own, are left out", () => {
  const run = "deno install --quiet --frozen && deno run --frozen --no-remote";
  const task = (command: string) => ({ description: "Does it", command });
  const settings = JSON.parse(bundleSettings(JSON.stringify({
    name: "@podium/podium",
    nodeModulesDir: "auto",
    imports: { zod: "npm:zod@4" },
    links: ["./third_party/std_csv"],
    compilerOptions: { strict: true },
    lint: {},
    tasks: {
      train: task(`${run} --allow-read=. --allow-write=results tasks/train.ts`),
      download: task(`${run} --allow-read=. --allow-net=example.org tasks/download.ts`),
      start: task(`${run} --allow-run=git tasks/start.ts`),
      bundle: task(`${run} "--allow-read=.,$(deno eval 'console.log(Deno.execPath())')" tasks/bundle.ts`),
      test: task("deno test"),
    },
  })));
  assertEquals(settings, {
    nodeModulesDir: "manual",
    lock: false,
    imports: { zod: "npm:zod@4" },
    links: ["./third_party/std_csv"],
    compilerOptions: { strict: true },
    tasks: {
      train: task("deno run --quiet --no-remote --allow-read=. --allow-write=results tasks/train.ts"),
    },
  });
});
