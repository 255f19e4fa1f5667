/** A local service that answers as Kaggle's API and the storage behind it do: two servers, as these are two hosts. */
import { createHash } from "node:crypto";
import type { KaggleAccess } from "../../../core/kaggle/client.ts";

/** The token that the service knows. */
export const TOKEN = "Bearer KGAT_right";

/** A request as it came in. */
export interface Seen {
  readonly host: "api" | "storage";
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly range: string | null;
}

/** A submission as the API lists it. */
export interface Listed {
  readonly ref: number;
  readonly description: string;
  readonly fileName: string;
  status: string;
  publicScore: string;
}

/** What the service holds and what goes wrong. */
export interface LocalKaggle {
  access: Required<KaggleAccess>;
  readonly seen: Seen[];
  archive: Uint8Array<ArrayBuffer>;
  etag: string;
  /** Bytes after which the storage drops each connection; 0 for never. */
  cutAfter: number;
  /** Bytes after which the storage sends nothing more, with the connection open; 0 for never. */
  stallAfter: number;
  /** Whether it understands Range. */
  ranges: boolean;
  /** What x-goog-hash says instead of the truth. */
  wrongHash: string | null;
  /** Whether the answers to submissions get lost behind a proxy's page. */
  lostAnswers: boolean;
  /** What redirects and uploads name instead of the storage's origin. */
  elsewhere: string | null;
  /** The storage's own origin. */
  storage: string;
  /** Competitions whose rules the user has accepted, and those that exist besides. */
  readonly entered: string[];
  readonly others: string[];
  readonly uploads: Map<string, { readonly bytes: Uint8Array; readonly length: string | null }>;
  readonly forms: [path: string, fields: Record<string, string>][];
  readonly submissions: Listed[];
}

function problem(code: number, message: string): Response {
  return Response.json({ code, message }, { status: code });
}

function storedHeaders(service: LocalKaggle): Record<string, string> {
  const md5 = createHash("md5").update(service.archive).digest("base64");
  return {
    etag: service.etag,
    "accept-ranges": "bytes",
    "x-goog-hash": service.wrongHash ?? `crc32c=AAAAAA==,md5=${md5}`,
  };
}

/** A body that ends in a dropped connection, or in waiting, after some bytes. */
function cutBody(bytes: Uint8Array, { cutAfter, stallAfter }: LocalKaggle): BodyInit {
  if (stallAfter > 0) {
    return new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, stallAfter));
        if (bytes.length <= stallAfter) controller.close();
      },
    });
  }
  if (cutAfter === 0 || bytes.length <= cutAfter) return new Uint8Array(bytes);
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (sent) {
        // The client must have taken what was sent: an error drops what is still on its way.
        await new Promise((resolve) => setTimeout(resolve, 50));
        return controller.error(new Error("cut"));
      }
      sent = true;
      controller.enqueue(bytes.slice(0, cutAfter));
    },
  });
}

function sendArchive(request: Request, service: LocalKaggle): Response {
  const { archive, etag } = service, headers = storedHeaders(service);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
  const condition = request.headers.get("if-range");
  if (!service.ranges || !range || (condition !== null && condition !== etag)) {
    headers["content-length"] = `${archive.length}`;
    return new Response(cutBody(archive, service), { headers });
  }
  const start = Number(range[1]), end = range[2] ? Number(range[2]) + 1 : archive.length;
  if (start >= archive.length) return new Response(null, { status: 416 });
  headers["content-range"] = `bytes ${start}-${end - 1}/${archive.length}`;
  headers["content-length"] = `${end - start}`;
  return new Response(cutBody(archive.slice(start, end), service), { status: 206, headers });
}

async function storage(request: Request, service: LocalKaggle): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method !== "PUT") return sendArchive(request, service);
  const length = request.headers.get("content-length");
  service.uploads.set(pathname, { bytes: new Uint8Array(await request.arrayBuffer()), length });
  return new Response("{}", { status: 200 });
}

async function readForm(request: Request, service: LocalKaggle): Promise<Record<string, string>> {
  const fields = Object.fromEntries([...await request.formData()].map(([name, value]) => [name, `${value}`]));
  service.forms.push([new URL(request.url).pathname, fields]);
  return fields;
}

function refused(competition: string, service: LocalKaggle): Response | null {
  if (service.entered.includes(competition)) return null;
  if (!service.others.includes(competition)) return problem(404, "NotFound");
  return problem(403, "Permission 'competitions.participate' was denied");
}

function addSubmission(name: string, fields: Record<string, string>, service: LocalKaggle): Response {
  if (!service.uploads.has(`/upload/${fields.blobFileTokens}`)) return problem(400, "Submission not found");
  const ref = 1000 + service.submissions.length;
  const description = fields.submissionDescription!;
  service.submissions.unshift({ ref, description, fileName: name, status: "pending", publicScore: "" });
  if (service.lostAnswers) return new Response("<html>Bad gateway</html>", { status: 502 });
  return Response.json({ message: "Successfully submitted", ref });
}

type Route = (request: Request, name: string) => Promise<Response> | Response;

function routes(service: LocalKaggle): [RegExp, Route][] {
  const guarded = (route: Route): Route => (request, name) => refused(name, service) ?? route(request, name);
  return [
    [/^\/api\/v1\/competitions\/list$/, () => {
      return Response.json(
        service.entered.map((name) => ({ ref: `https://www.kaggle.com/competitions/${name}` })),
      );
    }],
    [
      /^\/api\/v1\/competitions\/data\/download-all\/(.+)$/,
      guarded((_request, name) => {
        const location = `${service.elsewhere ?? service.storage}/${name}/archive.zip?Signature=abc`;
        return new Response(null, { status: 302, headers: { location } });
      }),
    ],
    [/^\/api\/v1\/competitions\/submission-url$/, async (request) => {
      const fields = await readForm(request, service);
      const created = {
        token: "blob",
        createUrl: `${service.elsewhere ?? service.storage}/upload/blob?upload_id=1`,
      };
      return refused(fields.competitionName!, service) ?? Response.json(created);
    }],
    [
      /^\/api\/v1\/competitions\/submissions\/submit\/(.+)$/,
      guarded(async (request, name) => addSubmission(name, await readForm(request, service), service)),
    ],
    [
      /^\/api\/v1\/competitions\/submissions\/list\/(.+)$/,
      guarded((request) => {
        const page = Number(new URL(request.url).searchParams.get("page"));
        return Response.json(service.submissions.slice(20 * (page - 1), 20 * page));
      }),
    ],
  ];
}

async function api(request: Request, service: LocalKaggle): Promise<Response> {
  if (request.headers.get("authorization") !== TOKEN) return problem(401, "Unauthenticated");
  const { pathname } = new URL(request.url);
  for (const [pattern, route] of routes(service)) {
    const match = pattern.exec(pathname);
    if (match !== null) return await route(request, match[1] ?? "");
  }
  return problem(404, "NotFound");
}

/** Starts the service for the time of a test. */
export async function withKaggle(use: (service: LocalKaggle) => Promise<void>): Promise<void> {
  const service = {
    seen: [],
    archive: new Uint8Array(0),
    etag: '"first"',
    cutAfter: 0,
    stallAfter: 0,
    ranges: true,
    wrongHash: null,
    lostAnswers: false,
    elsewhere: null,
    storage: "",
    entered: ["cells", "whales"],
    others: ["birds"],
    uploads: new Map(),
    forms: [],
    submissions: [],
  } as unknown as LocalKaggle;
  const listen = (hostname: string, host: Seen["host"], answer: (request: Request) => Promise<Response>) =>
    Deno.serve(
      { port: 0, hostname, onListen: () => {}, onError: () => new Response(null, { status: 500 }) },
      (request) => {
        const { pathname, search } = new URL(request.url), { headers, method } = request;
        const [authorization, range] = [headers.get("authorization"), headers.get("range")];
        service.seen.push({ host, method, path: pathname + search, authorization, range });
        return answer(request);
      },
    );
  const store = listen("localhost", "storage", (request) => storage(request, service));
  const storageHost = `localhost:${store.addr.port}`;
  const main = listen("127.0.0.1", "api", (request) => api(request, service));
  const url = `http://127.0.0.1:${main.addr.port}/api/v1`;
  service.storage = `http://${storageHost}`;
  service.access = { authorization: TOKEN, service: { api: url, storage: [storageHost] } };
  try {
    await use(service);
  } finally {
    for (const server of [main, store]) await server.shutdown();
  }
}
