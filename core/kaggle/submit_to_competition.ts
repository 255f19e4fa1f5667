import { type Output, SILENT } from "../base/output.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { readFile } from "../base/read_file.ts";
import { sha256 } from "../base/sha256.ts";
import { type KaggleAccess, KaggleClient } from "./client.ts";
import { competitionName } from "./competition_name.ts";
import { readDownloadRecord } from "./download_record.ts";
import { isPending, withScores } from "./scores.ts";
import {
  appendToLog,
  type LoggedSubmission,
  readSubmissionLog,
  SUBMISSION_LOG,
  writeSubmissionLog,
} from "./submission_log.ts";
import { uploadSubmission } from "./upload_submission.ts";
import { readValidation } from "./validation.ts";

/** What to submit, and where it is noted. */
export interface SubmitRequest extends KaggleAccess {
  /** The submission file. */
  readonly file: string;
  /** What Kaggle shows beside it. */
  readonly message: string;
  /** Name or address; that of the data in `data/` when left out. */
  readonly competition?: string | undefined;
  /** The log; submissions/log.csv when left out. */
  readonly log?: string;
  readonly output?: Output;
}

/** Whose scores to fill in. */
export interface ScoreRequest extends KaggleAccess {
  /** The log; submissions/log.csv when left out. */
  readonly log?: string;
  /** Asks again until no score is missing, so many milliseconds apart; asks once when left out. */
  readonly everyMilliseconds?: number;
  readonly signal?: AbortSignal;
}

async function namedCompetition(name: string | undefined): Promise<string> {
  if (name !== undefined) return competitionName(name);
  const record = await readDownloadRecord("data");
  if (record !== null) return record.competition;
  throw configProblem(
    "Cannot submit: no competition is named, and data/ was not filled by kaggle_download",
    "Name it: --competition=<the last part of its address>",
  );
}

async function readSubmission(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const content = await readFile(file, "table");
    if (content.length > 0) return content;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw dataProblem(
      `Cannot submit "${file}": there is no such file`,
      "Make one with deno task make_submission, or correct the path",
    );
  }
  throw dataProblem(`Cannot submit "${file}": it is empty`, "Make it again with deno task make_submission");
}

/**
 * Submits a file to a Kaggle competition and adds it to the log, with its hash and the validation score that
 * `<file>.json` beside it tells. The public score comes later: {@link updateScores}.
 *
 * @throws Problem (config) on a wrong name or token and rules that are not accepted; (data) on a missing or empty file and
 * without network
 */
export async function submitToCompetition(request: SubmitRequest): Promise<LoggedSubmission> {
  const { file, message, log = SUBMISSION_LOG, output = SILENT } = request;
  const content = await readSubmission(file);
  const competition = await namedCompetition(request.competition);
  const validation = await readValidation(file, output);
  // A log that cannot be read is told before anything is sent.
  await readSubmissionLog(log);
  const client = await KaggleClient.open(request);
  const ref = await uploadSubmission(client, { competition, file, content, message });
  const time = new Date().toISOString(), hash = sha256(content);
  const sent = { time, competition, file, sha256: hash, ...validation, message, ref };
  const submission = { ...sent, status: "pending", public_score: "" };
  await appendToLog(log, submission);
  return submission;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/**
 * Fills the public scores that Kaggle has meanwhile into the log; Kaggle is asked only while some are missing.
 *
 * @returns all submissions of the log, the oldest first
 */
export async function updateScores(request: ScoreRequest = {}): Promise<LoggedSubmission[]> {
  const { log = SUBMISSION_LOG, everyMilliseconds, signal } = request;
  for (;;) {
    const submissions = await readSubmissionLog(log);
    if (!submissions.some(isPending)) return submissions;
    const scored = await withScores(await KaggleClient.open(request), submissions);
    if (JSON.stringify(scored) !== JSON.stringify(submissions)) await writeSubmissionLog(log, scored);
    if (everyMilliseconds === undefined || !scored.some(isPending) || signal?.aborted) return scored;
    await pause(everyMilliseconds, signal);
  }
}
