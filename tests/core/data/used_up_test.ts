import { assertRejects } from "@std/assert";
import { createLoader } from "../../../core/data/loader.ts";
import { withReadFile } from "../image/_read_file.ts";
import { writeExamples } from "./_pictures.ts";

Deno.test("a loader that leaves broken images out ends when file handles are used up", async () => {
  const loader = await createLoader({
    examples: await writeExamples(await Deno.makeTempDir(), 3),
    transform: { name: "default_transform", params: { size: 16 } },
    split: "train",
    channels: 4,
    classes: 3,
    target: "class_set",
    batchSize: 2,
    shuffle: false,
    seed: 0,
    workers: 0,
    onBroken: "skip",
    maxPixels: 10_000,
  });
  await withReadFile(() => Promise.reject(new Error("Too many open files (os error 24)")), async () => {
    await assertRejects(() => Array.fromAsync(loader.batches(0)), Error, "Too many open files");
  });
  loader.close();
});
