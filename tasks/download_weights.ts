import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { configProblem } from "../core/base/problem.ts";
import { downloadWeights } from "../core/weights/download.ts";
import { hubRepository } from "../core/weights/weight_file.ts";

const flags = z.strictObject({
  revision: z.string().default("main").describe("Branch, tag or commit of the repository"),
});

async function download(repository: string, revision: string, output: Output) {
  let bar: ReturnType<Output["progress"]> | undefined;
  const onProgress = (done: number, total: number) =>
    (bar ??= output.progress(repository, total)).update(done);
  const result = await downloadWeights({ repository, revision, onProgress });
  bar?.end();
  const megabytes = (result.bytes / 1e6).toFixed(1);
  output.line(
    `${result.cached ? "already there" : "wrote"}: ${result.path}, ${megabytes} MB, sha256 ${result.sha256}`,
  );
  return { repository, ...result };
}

/** Downloads pretrained weights. */
export const task: Task<typeof flags> = {
  name: "download_weights",
  about: "Download pretrained weights from the Hugging Face hub into data/weights",
  examples: [
    "deno task download_weights hf:timm/resnet34.a1_in1k",
    "deno task download_weights hf:timm/resnet18.tv_in1k --revision=main",
  ],
  positionals: "hf:<organisation>/<name> [...]",
  flags,
  async run({ flags, positionals, output }) {
    const next = "Write hf:<organisation>/<name>, such as hf:timm/resnet34.a1_in1k";
    if (positionals.length === 0) throw configProblem("Cannot download: no repository is named", next);
    const repositories = positionals.map((source) => {
      const repository = hubRepository(source);
      if (repository === null) {
        throw configProblem(`Cannot download "${source}": it names no hub repository`, next);
      }
      return repository;
    });
    const results = [];
    for (const repository of repositories) results.push(await download(repository, flags.revision, output));
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
