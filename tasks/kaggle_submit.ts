import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { configProblem, interruptedProblem } from "../core/base/problem.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { isPending } from "../core/kaggle/scores.ts";
import { type LoggedSubmission, SUBMISSION_LOG } from "../core/kaggle/submission_log.ts";
import { submitToCompetition, updateScores } from "../core/kaggle/submit_to_competition.ts";

const flags = z.strictObject({
  message: z.string().optional().describe("What Kaggle shows beside the submission"),
  competition: z.string().optional().describe(
    "Name or address of the competition; that of data/ when left out",
  ),
  wait: z.boolean().default(false).describe("Wait for the public score"),
  log: z.boolean().default(false).describe("Submit nothing: fill in the scores that came, and show the log"),
});

/** Milliseconds between two questions for the score. */
const ASK_EVERY = 10_000;

/** Waits for the scores of a log. */
async function waitForScores(output: Output): Promise<LoggedSubmission[]> {
  const stopping = () => output.warn("stopping; --log fills in the score later");
  output.line("waiting for the public score");
  return await interruptible(stopping, async (signal) => {
    const submissions = await updateScores({ everyMilliseconds: ASK_EVERY, signal });
    if (signal.aborted && submissions.some(isPending)) throw interruptedProblem(SUBMISSION_LOG);
    return submissions;
  });
}

function scoreText({ status, public_score, metric, validation }: LoggedSubmission): string {
  const score = public_score === "" ? `no public score (${status})` : `public score ${public_score}`;
  return validation === "" ? score : `${score}; on validation ${metric} ${validation}`;
}

function showLog(submissions: readonly LoggedSubmission[], output: Output): void {
  const rows = submissions.map((row) => [
    row.time.slice(0, 16),
    row.competition,
    row.file,
    row.validation === "" ? "" : `${row.metric} ${row.validation}`,
    row.public_score || row.status,
    row.message,
  ]);
  output.table(["time", "competition", "file", "validation", "public score", "message"], rows);
}

async function submitFile(
  file: string,
  { message, competition, wait }: z.output<typeof flags>,
  output: Output,
): Promise<LoggedSubmission> {
  if (!message?.trim()) throw configProblem("Cannot submit: there is no message", 'Say what it is: -m "..."');
  const sent = await submitToCompetition({ file, message, competition, output });
  output.line(`submitted ${file} to ${sent.competition}: number ${sent.ref}, logged in ${SUBMISSION_LOG}`);
  if (!wait) {
    output.line("next: deno task kaggle_submit --log shows the public score once it is there");
    return sent;
  }
  const scored = (await waitForScores(output)).find(({ ref }) => ref === sent.ref)!;
  output.line(scoreText(scored));
  return scored;
}

/** Submits a file to a Kaggle competition, or fills in the scores of what was submitted. */
export const task: Task<typeof flags> = {
  name: "kaggle_submit",
  about: "Submit a file to a Kaggle competition and log it with its scores in submissions/log.csv",
  examples: [
    'deno task kaggle_submit submissions/submission.csv -m "resnet34, five folds" --wait',
    "deno task kaggle_submit --log",
  ],
  positionals: "<file>",
  flags,
  letters: { message: "m" },
  async run({ flags, positionals, output }) {
    const [file, ...others] = positionals;
    if (flags.log) {
      if (file !== undefined) {
        throw configProblem(`Cannot submit "${file}" with --log`, "Leave out one of them");
      }
      const submissions = flags.wait ? await waitForScores(output) : await updateScores();
      showLog(submissions, output);
      return submissions;
    }
    if (file === undefined || others.length > 0) {
      throw configProblem(
        `Cannot submit: ${positionals.length} files are named, one is needed`,
        'Write deno task kaggle_submit submissions/submission.csv -m "what it is"',
      );
    }
    return await submitFile(file, flags, output);
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
