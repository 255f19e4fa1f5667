import type { Json } from "../../../core/base/json.ts";

/** A call that a server was sent. */
export interface SentCall {
  readonly path: string;
  readonly body: Record<string, Json>;
}

/** What a test sets of a {@link LocalMlflow}. */
export interface LocalMlflow {
  readonly uri: string;
  readonly calls: SentCall[];
  /** A status that it answers in place of what MLflow does. */
  broken: number | undefined;
  /** Forgets its runs, as a server whose database was removed. */
  forget(): void;
}

const MISSING = { error_code: "RESOURCE_DOES_NOT_EXIST", message: "none of that name" };

/** What MLflow answers, as its own server does. */
function answer(path: string, body: Record<string, Json>, runs: Set<string>): [status: number, body: Json] {
  if (path === "experiments/get-by-name") return [404, MISSING];
  if (path === "experiments/create") return [200, { experiment_id: "7" }];
  if (path === "runs/create") {
    const run_id = `run${runs.size}`;
    runs.add(run_id);
    return [200, { run: { info: { run_id } } }];
  }
  return runs.has(body.run_id as string) ? [200, {}] : [404, MISSING];
}

/** Gives a test a server that takes the calls of the MLflow logger. */
export async function withMlflow(use: (service: LocalMlflow) => Promise<void>): Promise<void> {
  const runs = new Set<string>(), calls: SentCall[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname.replace("/api/2.0/mlflow/", "");
    const body = request.method === "POST" ? await request.json() : {};
    calls.push({ path, body });
    if (service.broken) return new Response("<h1>Bad gateway</h1>", { status: service.broken });
    const [status, result] = answer(path, body, runs);
    return Response.json(result, { status });
  });
  const service: LocalMlflow = {
    uri: `http://127.0.0.1:${server.addr.port}`,
    calls,
    broken: undefined,
    forget: () => runs.clear(),
  };
  try {
    await use(service);
  } finally {
    await server.shutdown();
  }
}
