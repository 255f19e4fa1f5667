import { z } from "zod";
import { dataProblem } from "../base/problem.ts";
import { type KaggleClient, readJson } from "./client.ts";
import { refusal } from "./refusal.ts";
import type { LoggedSubmission } from "./submission_log.ts";

const listed = z.array(z.object({
  ref: z.union([z.number(), z.string()]).transform(String),
  status: z.unknown(),
  publicScore: z.unknown(),
}));

/** What Kaggle tells of a submission. */
interface Score {
  /** `pending`, `complete` or `error`. */
  readonly status: string;
  readonly publicScore: string;
}

/** Pages of a list that are asked for at most; one has 20 submissions or more. */
const MOST_PAGES = 50;

/** `complete` of `complete` and of `SubmissionStatus.COMPLETE`: the API has written both. */
function statusOf(status: unknown): string {
  return String(status ?? "").toLowerCase().split(".").at(-1)!;
}

async function readPage(
  client: KaggleClient,
  competition: string,
  page: number,
): Promise<z.output<typeof listed>> {
  const answer = await client.ask(`competitions/submissions/list/${competition}?page=${page}`);
  if (!answer.ok) throw await refusal(client, { answer, competition, action: "list your submissions to" });
  const result = listed.safeParse(await readJson(answer));
  if (result.success) return result.data;
  throw dataProblem(
    `Cannot read Kaggle's list of submissions to "${competition}"`,
    "Look at them on the site",
  );
}

/** Scores by number of the submission, as far as Kaggle lists these. */
async function readScores(
  client: KaggleClient,
  { competition, refs }: { readonly competition: string; readonly refs: readonly string[] },
): Promise<Map<string, Score>> {
  const scores = new Map<string, Score>();
  for (let page = 1; page <= MOST_PAGES; page++) {
    const submissions = await readPage(client, competition, page);
    const before = scores.size;
    for (const { ref, status, publicScore } of submissions) {
      scores.set(ref, { status: statusOf(status), publicScore: String(publicScore ?? "") });
    }
    // A page that brings nothing new is the last, or the server overlooks the number.
    if (scores.size === before || refs.every((ref) => scores.has(ref))) break;
  }
  return scores;
}

/** Whether Kaggle may still tell more of a submission. */
export function isPending({ status }: LoggedSubmission): boolean {
  return status !== "complete" && status !== "error";
}

/** The submissions with the scores that Kaggle has meanwhile; it is asked once for each competition that lacks some. */
export async function withScores(
  client: KaggleClient,
  submissions: readonly LoggedSubmission[],
): Promise<LoggedSubmission[]> {
  const pending = submissions.filter(isPending);
  const scores = new Map<string, Score>();
  for (const competition of new Set(pending.map(({ competition }) => competition))) {
    const refs = pending.filter((row) => row.competition === competition).map(({ ref }) => ref);
    for (const [ref, score] of await readScores(client, { competition, refs })) scores.set(ref, score);
  }
  return submissions.map((row) => {
    const score = isPending(row) ? scores.get(row.ref) : undefined;
    return score ? { ...row, status: score.status, public_score: score.publicScore } : row;
  });
}
