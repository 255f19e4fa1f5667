import { basename } from "@std/path";
import { z } from "zod";
import { dataProblem, isDataProblem } from "../base/problem.ts";
import { type KaggleClient, readJson } from "./client.ts";
import { refusal } from "./refusal.ts";

/** A submission to send. */
export interface Upload {
  readonly competition: string;
  readonly file: string;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly message: string;
}

const started = z.object({ token: z.string(), createUrl: z.string() });
const submitted = z.object({ ref: z.union([z.number(), z.string()]).transform(String) });

/** An answer of the API that has what is needed; else what it said. */
function parseAnswer<Answer>(schema: z.ZodType<Answer>, answer: unknown, step: string): Answer {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw dataProblem(
    `Cannot read Kaggle's answer to ${step}: ${JSON.stringify(answer)}`,
    "Look at your submissions on the site before you try again",
  );
}

async function post(
  client: KaggleClient,
  { path, form, competition }: { path: string; form: Record<string, string>; competition: string },
): Promise<unknown> {
  const answer = await client.ask(path, { form });
  if (!answer.ok) throw await refusal(client, { answer, competition, action: "submit to" });
  return await readJson(answer);
}

/** The last step. An answer that is lost may have counted: the user looks before another submission is spent. */
async function submitUploaded(
  client: KaggleClient,
  { competition, message, token }: Omit<Upload, "content" | "file"> & { readonly token: string },
): Promise<string> {
  const path = `competitions/submissions/submit/${competition}`;
  const form = { blobFileTokens: token, submissionDescription: message };
  try {
    return parseAnswer(submitted, await post(client, { path, form, competition }), path).ref;
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    const site = `https://www.kaggle.com/competitions/${competition}/submissions`;
    throw dataProblem(
      `${error.message}; the submission may have arrived`,
      `Look at ${site} before you try again`,
    );
  }
}

/**
 * Sends a submission in the three steps of Kaggle's own client: an address to upload to is asked for, the file is put
 * there, and what was put is submitted.
 *
 * @returns Kaggle's number of the submission
 * @throws Problem (config) when Kaggle refuses; (data) when the network or the storage fails
 */
export async function uploadSubmission(client: KaggleClient, upload: Upload): Promise<string> {
  const { competition, file, content, message } = upload;
  const modified = (await Deno.stat(file)).mtime ?? new Date();
  const form = {
    competitionName: competition,
    contentLength: `${content.length}`,
    lastModifiedEpochSeconds: `${Math.floor(modified.getTime() / 1000)}`,
    fileName: basename(file),
  };
  const path = "competitions/submission-url";
  const { token, createUrl } = parseAnswer(started, await post(client, { path, form, competition }), path);
  const stored = await client.put(createUrl, content);
  await stored.body?.cancel();
  if (!stored.ok) {
    throw dataProblem(
      `Cannot upload "${file}": ${new URL(createUrl).host} answers ${stored.status}`,
      "Run the same command again; nothing was submitted",
    );
  }
  return await submitUploaded(client, { competition, message, token });
}
