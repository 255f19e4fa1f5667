import type { Json } from "../../plugin.ts";

/** An answer of the server that is no success. */
class RefusedCall extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/** MLflow's word for an experiment or run that is not there. */
const MISSING = "RESOURCE_DOES_NOT_EXIST";

async function refusalOf(path: string, response: Response): Promise<RefusedCall> {
  const text = await response.text();
  let told: { error_code?: string; message?: string } = {};
  try {
    told = JSON.parse(text);
  } catch { /* A page of a proxy, or no MLflow at all. */ }
  const { error_code = "", message = text.slice(0, 100) } = told;
  return new RefusedCall(response.status, error_code, `${path} answered ${response.status}: ${message}`);
}

/** Calls of a tracking server. */
export class MlflowServer {
  readonly #root: URL;

  /** @param uri address of the server */
  constructor(uri: string) {
    this.#root = new URL("api/2.0/mlflow/", uri.endsWith("/") ? uri : `${uri}/`);
  }

  async post(path: string, body: Json, signal: AbortSignal): Promise<Json> {
    const headers = { "content-type": "application/json" };
    return await this.#ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  /** The id of an experiment, which is made when it is missing. */
  async experimentId(name: string, signal: AbortSignal): Promise<string> {
    const path = `experiments/get-by-name?${new URLSearchParams({ experiment_name: name })}`;
    const found = await this.find(() => this.#ask(path, { signal })) as
      | { experiment: { experiment_id: string; lifecycle_stage?: string } }
      | null;
    if (found === null) {
      const made = await this.post("experiments/create", { name }, signal) as { experiment_id: string };
      return made.experiment_id;
    }
    const { experiment_id, lifecycle_stage } = found.experiment;
    if (lifecycle_stage !== "deleted") return experiment_id;
    throw new Error(`the experiment "${name}" is deleted on the server: restore it, or name another`);
  }

  /** What a call gives, or null where what it asks for is not there. */
  async find(call: () => Promise<Json>): Promise<Json> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof RefusedCall && error.code === MISSING) return null;
      throw error;
    }
  }

  async #ask(path: string, request: RequestInit): Promise<Json> {
    const response = await this.#fetch(new URL(path, this.#root), request);
    if (!response.ok) throw await refusalOf(path.replace(/\?.*/, ""), response);
    return await response.json() as Json;
  }

  async #fetch(url: URL, request: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...request, redirect: "error" });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      throw new Error(
        `this task may not reach ${url.host}; a line of your own in deno.json may: that of train ` +
          `with --allow-net=${url.host} added`,
      );
    }
  }
}
