import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { makeDemoData } from "../core/demo/make_demo_data.ts";

const flags = z.strictObject({
  layout: z.enum(["hpa", "ai_stage"]).default("hpa").describe("Which competition to imitate"),
  train: z.int().min(1).default(560).describe(
    "Labelled pictures; with ai_stage people of seven pictures each",
  ),
  external: z.int().min(0).default(200).describe("Labelled pictures of the external source, hpa only"),
  test: z.int().min(1).default(120).describe("Test pictures"),
  size: z.int().min(16).max(2048).default(96).describe("Side of a picture in pixels"),
  seed: z.int().min(0).default(0).describe("Same seed, same bytes"),
  out: z.string().default("data/demo").describe("Folder to write, new or made by an earlier run"),
});

/** Draws a synthetic competition. */
export const task: Task<typeof flags> = {
  name: "make_demo_data",
  about:
    "Draw a synthetic competition with planted duplicates, leaks and broken files; planted.json tells the truth",
  examples: [
    "deno task make_demo_data",
    "deno task make_demo_data --layout ai_stage --train 40 --test 60 --out data/faces",
  ],
  flags,
  async run({ flags, output }) {
    const pictures = (flags.layout === "hpa" ? flags.train + flags.external : 7 * flags.train) + flags.test;
    const progress = output.progress("pictures", pictures);
    const planted = await makeDemoData({ ...flags, onProgress: (done) => progress.update(done) });
    progress.end();
    output.line(`wrote ${pictures} pictures, label files and planted.json to ${flags.out}`);
    return planted;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
