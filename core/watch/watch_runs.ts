import { configProblem } from "../base/problem.ts";
import { readText } from "../base/read_file.ts";
import { htmlPage } from "../report/page.ts";
import { element, escapeText } from "../report/svg.ts";
import { runFolder } from "../run_folder/run_folder.ts";
import { checkFolders, findRuns } from "./find_runs.ts";
import { livePage } from "./live_page.ts";
import { readRunPage, statFile } from "./read_run.ts";

/** The only address that is listened on, and the names under which a browser may ask for it. */
const ADDRESS = "127.0.0.1", NAMES = [ADDRESS, "localhost"];

/** Options of {@link watchRuns}. */
export interface WatchRequest {
  /** Folders of runs, or folders that have some below them. */
  readonly folders: readonly string[];
  /** Port to listen on; 0 for any that is free. */
  readonly port: number;
}

/** A server of the pages of runs. */
export interface WatchedRuns {
  /** Address of the first page. */
  readonly url: string;
  /** Runs found at the beginning; later ones are shown too. */
  readonly runs: readonly string[];
  /** Settles when the server has ended. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

function addressOf(run: string): string {
  return `/run/${encodeURIComponent(run)}/`;
}

async function listPage(runs: readonly string[]): Promise<string> {
  const rows = await Promise.all(runs.map(async (run) => {
    const changed = (await statFile(runFolder(run).history))?.mtime?.toISOString().slice(0, 19) ?? "";
    const link = element("a", { href: addressOf(run) }, [escapeText(run)]);
    const cells = [link, changed.replace("T", " ")].map((cell) => element("td", {}, [cell]));
    return { changed, row: element("tr", {}, cells) };
  }));
  const latest = rows.sort((a, b) => (a.changed < b.changed ? 1 : -1)).map(({ row }) => row);
  const header = "<tr><th>run</th><th>last epoch (UTC)</th></tr>";
  const table = element("table", {}, [header, ...latest]);
  const none = "<p>No run yet: a training that begins appears here.</p>";
  return htmlPage("Runs", [
    element("main", { class: "run" }, ["<h1>Runs</h1>", rows.length === 0 ? none : table]),
  ]);
}

async function tagOf(page: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(page));
  return `"${new Uint8Array(digest, 0, 16).toHex()}"`;
}

/** What no page may do: run scripts but ours, load anything from anywhere, be shown inside another. */
function policy(nonce: string): string {
  return `default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; ` +
    `script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function plain(status: number, text: string | null): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}

async function answerPage(request: Request, page: string): Promise<Response> {
  const tag = await tagOf(page), nonce = crypto.randomUUID();
  const headers = {
    etag: tag,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy(nonce),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  return new Response(livePage(page, { tag, nonce }), { headers });
}

/** The run that an address names, and what of it: only the two files that are shown have one. */
function parseAddress(pathname: string): { run: string; file: string } | null {
  const [, encoded, file] = /^\/run\/([^/]+)\/(history\.jsonl)?$/.exec(pathname) ?? [];
  if (encoded === undefined) return null;
  try {
    return { run: decodeURIComponent(encoded), file: file ?? "" };
  } catch {
    return null;
  }
}

async function answer(request: Request, folders: readonly string[]): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET") return plain(405, "Only GET is answered");
  if (pathname === "/favicon.ico") return plain(204, null);
  const runs = await findRuns(folders);
  if (pathname === "/") return await answerPage(request, await listPage(runs));
  const asked = parseAddress(pathname);
  // Looked up among the runs that were found, never joined to a path.
  if (asked === null || !runs.includes(asked.run)) return plain(404, "There is no such run");
  if (asked.file !== "") {
    const { history } = runFolder(asked.run);
    return await statFile(history)
      ? plain(200, await readText(history, "text"))
      : plain(404, "There is no history");
  }
  const page = await readRunPage(asked.run);
  return page === null ? plain(404, "There is no such run") : await answerPage(request, page);
}

/** Whether a request was meant for this server: another site's name that leads to this machine is not. */
function isMeant(request: Request, port: number): boolean {
  const host = request.headers.get("host") ?? "";
  return NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name));
}

function listen(port: number, handler: Deno.ServeHandler<Deno.NetAddr>): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: ADDRESS, port, onListen: () => {} }, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
    const reason = error instanceof Deno.errors.AddrInUse ? "it is in use" : "the system keeps it to itself";
    throw configProblem(
      `Cannot listen on port ${port}: ${reason}`,
      "Name another by --port, or take any free one by --port=0",
    );
  }
}

/**
 * Serves the pages of runs on this machine alone, each keeping itself up to date.
 *
 * @throws a data problem on a folder that is not there, a config problem on a port that is taken
 */
export async function watchRuns({ folders, port }: WatchRequest): Promise<WatchedRuns> {
  await checkFolders(folders);
  const runs = await findRuns(folders);
  const server = listen(port, async (request) => {
    if (!isMeant(request, server.addr.port)) return plain(403, `Ask for ${ADDRESS} or localhost`);
    try {
      return await answer(request, folders);
    } catch (error) {
      return plain(500, error instanceof Error ? error.message : String(error));
    }
  });
  const root = `http://${ADDRESS}:${server.addr.port}`;
  return {
    url: runs.length === 1 ? root + addressOf(runs[0]!) : `${root}/`,
    runs,
    finished: server.finished,
    close: () => server.shutdown(),
  };
}
