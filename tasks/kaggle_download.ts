import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { checkWritable } from "../core/base/check_writable.ts";
import { downloadCompetition } from "../core/kaggle/download_competition.ts";

const flags = z.strictObject({
  out: z.string().default("data").describe("Folder that the data are unpacked into"),
});

/** Downloads the data of a Kaggle competition. */
export const task: Task<typeof flags> = {
  name: "kaggle_download",
  about: "Download the data of a Kaggle competition and unpack them into data/",
  examples: [
    "deno task kaggle_download digit-recognizer",
    "deno task kaggle_download https://www.kaggle.com/competitions/digit-recognizer --out=data/digits",
  ],
  positionals: "<name or address of the competition>",
  flags,
  async run({ flags, positionals, output }) {
    const [competition, ...others] = positionals;
    if (competition === undefined || others.length > 0) {
      throw configProblem(
        `Cannot download: ${positionals.length} competitions are named, one is needed`,
        "Write the last part of its address: deno task kaggle_download digit-recognizer",
      );
    }
    await checkWritable(flags.out, "--out");
    const stopping = () => output.warn("stopping; what has arrived is kept (once more: at once)");
    return await interruptible(stopping, async (signal) => {
      const done = await downloadCompetition({ competition, folder: flags.out, output, signal });
      output.line(`${done.cached ? "already there" : "unpacked"}: ${done.files} files in ${done.folder}`);
      return done;
    });
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
