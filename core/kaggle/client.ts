import { dataProblem, type Problem } from "../base/problem.ts";
import { findAuthorization } from "./credentials.ts";

/** Where the API is and which hosts it may send to for files. */
export interface KaggleService {
  /** The address that paths of the API are put behind. */
  readonly api: string;
  /** Hosts, with their port where it is not the usual one, that get files and give them; never the token. */
  readonly storage: readonly string[];
}

/** Kaggle itself; data and submissions lie in Google Cloud Storage. */
export const KAGGLE: KaggleService = {
  api: "https://www.kaggle.com/api/v1",
  storage: ["storage.googleapis.com", "www.googleapis.com"],
};

/** Who asks, and whom. */
export interface KaggleAccess {
  /** The value of the Authorization header; looked for in the environment and in kaggle.json when left out. */
  readonly authorization?: string;
  /** Another service that answers as Kaggle does. */
  readonly service?: KaggleService;
}

/** What a request adds to the address. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of a form: the request is then a POST. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | null | undefined;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;

/** The reason of a failed request without the address: a signed one is a secret for as long as it is valid. */
function reasonOf(error: unknown): string {
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = root instanceof Error ? root.message : String(root);
  return text.replace(/ ?for url \(\S*\)/g, "");
}

/** The data problem of a service that cannot be reached or breaks off. */
export function unreachable(url: string, error: unknown): Problem {
  return dataProblem(
    `Cannot reach ${new URL(url).host}: ${reasonOf(error)}`,
    "Check the network and run the same command again: it goes on from what it has",
  );
}

function formBody(form: Readonly<Record<string, string>>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(form)) body.append(name, value);
  return body;
}

/**
 * Speaks with Kaggle's REST API. The token goes to the API's own origin alone: redirects are followed by hand, to hosts
 * of the service only, and without it.
 *
 * Source: the requests of Kaggle's own client (github.com/Kaggle/kaggle-api, kagglesdk/kaggle_http_client.py).
 */
export class KaggleClient {
  readonly #authorization: string;

  constructor(readonly service: KaggleService, authorization: string) {
    this.#authorization = authorization;
  }

  /** A client with the credentials that are given or found. */
  static async open({ service = KAGGLE, authorization }: KaggleAccess): Promise<KaggleClient> {
    return new KaggleClient(service, authorization ?? await findAuthorization());
  }

  /**
   * The answer of the API, or of the storage that it redirects to, whatever its status.
   *
   * @throws Problem (data) when the network fails or a redirect leads elsewhere
   */
  async ask(path: string, { headers = {}, form, signal = null }: RequestOptions = {}): Promise<Response> {
    let url = `${this.service.api}/${path}`;
    const body = form === undefined ? {} : { method: "POST", body: formBody(form) };
    let answer = await this.#send(url, { headers: this.#headersFor(url, headers), ...body, signal });
    for (let count = 0; REDIRECTS.includes(answer.status); count++) {
      await answer.body?.cancel();
      const location = answer.headers.get("location");
      if (location === null || count === MOST_REDIRECTS) throw unreachable(url, "it redirects without end");
      url = new URL(location, url).href;
      answer = await this.#send(this.checkStorage(url), { headers: this.#headersFor(url, headers), signal });
    }
    return answer;
  }

  #headersFor(url: string, headers: Readonly<Record<string, string>>): Record<string, string> {
    const own = new URL(url).origin === new URL(this.service.api).origin;
    return own ? { ...headers, authorization: this.#authorization } : { ...headers };
  }

  /** Puts bytes to an address of the storage that the API gave. */
  put(url: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal | null = null): Promise<Response> {
    const headers = { "content-type": "application/octet-stream" };
    return this.#send(this.checkStorage(url), { method: "PUT", body, headers, signal });
  }

  /** The address itself, when it leads to the service. */
  checkStorage(url: string): string {
    const api = new URL(this.service.api), { host, protocol } = new URL(url);
    if (protocol === api.protocol && [api.host, ...this.service.storage].includes(host)) return url;
    throw dataProblem(
      `Cannot go on: Kaggle sends to ${protocol}//${host}, which is none of its known hosts`,
      `Known are ${[api.host, ...this.service.storage].join(", ")}; use the site until Podium knows this one`,
    );
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...init, redirect: "manual" });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw unreachable(url, error);
    }
  }
}

/** The JSON of an answer; a page or a broken text is a data problem. */
export async function readJson(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    throw dataProblem(
      `Cannot read Kaggle's answer (${answer.status}): it is no JSON`,
      "Try again later; a proxy on the way may have answered instead",
    );
  }
}
