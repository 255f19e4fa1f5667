import { AwsClient } from "aws4fetch";
import { Problem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { systemProblem } from "../base/system_error.ts";
import { PassingFailure, retrying, type RetryPolicy } from "../transfer/retry.ts";
import { StallGuard } from "../transfer/stall_guard.ts";
import type { S3Access } from "./s3_access.ts";
import { elementTexts } from "./s3_xml.ts";

/** Milliseconds without a sign of life after which a connection counts as broken. */
const PATIENCE = 60_000;
/** Bytes in a millisecond of the slowest line that a body is sent over. */
const SLOWEST_UPLOAD = 32;

/** A request about an object, or about the bucket where there is no key. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** What is behind the prefix of the store. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256: string };
  /** Statuses that are answers, beside success. */
  readonly expected?: readonly number[];
}

/** The body of an answer in pieces. */
export type Pieces = AsyncIterable<Uint8Array>;

/** An answer, of which `use` reads what it needs before the request counts as done. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly pieces: Pieces;
  text(): Promise<string>;
}

const EMPTY = { bytes: new Uint8Array(0), sha256: sha256("") };
/** Failures of the server or of what lies between: too busy, not there, two writers at the same instant (409). */
const PASSING = new Set([408, 409, 429, 500, 502, 503, 504]);
/** Codes of refusals (400) that are about time alone. */
const PASSING_CODES = new Set(["RequestTimeout", "InternalError", "SlowDown"]);

async function* alivePieces(answer: Response, guard: StallGuard): AsyncGenerator<Uint8Array> {
  for await (const piece of answer.body ?? []) {
    guard.alive();
    yield piece;
  }
}

/** Errors of this machine, which no further request would mend. */
function isOwn(error: unknown): boolean {
  return error instanceof Problem || error instanceof Deno.errors.NotCapable || systemProblem(error) !== null;
}

/** Speaks with S3 or a server that answers like it, signed, and again where it may help. */
export class S3Client {
  readonly #aws: AwsClient;

  constructor(readonly access: S3Access, readonly retry: RetryPolicy) {
    this.#aws = new AwsClient({ ...access, service: "s3", retries: 0 });
  }

  /** The host and what was asked of it; no signature and no secret is in it. */
  get name(): string {
    return new URL(this.access.bucketUrl).host;
  }

  #url({ key, query = {} }: S3Request): string {
    const url = new URL(key === undefined ? this.access.bucketUrl : this.access.url + key);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Sends once. */
  async #send(request: S3Request, signal: AbortSignal): Promise<Response> {
    const { bytes, sha256 } = request.body ?? EMPTY, { method } = request;
    const headers = { ...request.headers, "x-amz-content-sha256": sha256 };
    const body = request.body === undefined ? {} : { body: bytes };
    return await this.#aws.fetch(this.#url(request), {
      method,
      headers,
      ...body,
      signal,
      redirect: "manual",
    });
  }

  async #refusal(request: S3Request, answer: Response): Promise<Error> {
    const text = await answer.text(), [code = ""] = elementTexts(text, "Code");
    const what = `${request.method} of "${request.key ?? ""}": ${this.name} answers ${answer.status} ${code}`;
    if (PASSING.has(answer.status) || PASSING_CODES.has(code)) return new PassingFailure(what);
    const region = answer.headers.get("x-amz-bucket-region");
    const [message = ""] = elementTexts(text, "Message");
    return new Problem(
      "failed",
      `Cannot do ${what} ${message}`.trim(),
      region && region !== this.access.region
        ? `Set AWS_REGION=${region}, where the bucket is`
        : "Check the bucket, the credentials and their rights, and the clock of this machine",
    );
  }

  async #once<Result>(request: S3Request, use: (answer: S3Answer) => Promise<Result>): Promise<Result> {
    using guard = new StallGuard(PATIENCE + (request.body?.bytes.length ?? 0) / SLOWEST_UPLOAD, undefined);
    try {
      const answer = await this.#send(request, guard.signal), { status, headers } = answer;
      if (!answer.ok && !request.expected?.includes(status)) throw await this.#refusal(request, answer);
      const pieces = alivePieces(answer, guard);
      try {
        return await use({ status, headers, pieces, text: () => answer.text() });
      } finally {
        if (!answer.bodyUsed) await answer.body?.cancel();
      }
    } catch (error) {
      if (isOwn(error) || error instanceof PassingFailure) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new PassingFailure(`Cannot reach ${this.name}: ${reason.replace(/ ?for url \(\S*\)/g, "")}`);
    }
  }

  /**
   * Sends a request and gives the answer to `use`; all of it again when it fails in passing, also while `use` reads.
   *
   * @throws Problem (failed) when the server refuses or does not come back in time
   */
  async request<Result>(request: S3Request, use: (answer: S3Answer) => Promise<Result>): Promise<Result> {
    try {
      return await retrying(() => this.#once(request, use), this.retry);
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      const seconds = Math.round(this.retry.patience / 1000);
      throw new Problem(
        "failed",
        `${error.message}, for ${seconds} s of waiting`,
        "Check the network and the server, then run again",
      );
    }
  }
}
