/**
 * A server that answers as S3 does to what a store asks: conditional writes, metadata, checksums of requests, uploads in
 * parts, lists in pages.
 *
 * Source: the Amazon S3 API reference (PutObject, CompleteMultipartUpload, ListObjectsV2, error responses).
 */
import { createHash } from "node:crypto";
import { sha256 } from "../../../core/base/sha256.ts";
import type { S3Access } from "../../../core/store/s3_access.ts";
import { FailingProxy } from "./_failing_proxy.ts";

interface StoredObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface PartsUpload extends Pick<StoredObject, "metadata"> {
  readonly parts: Map<number, Uint8Array<ArrayBuffer>>;
}

/** What the server holds, and what it does wrong. */
export interface S3Server {
  readonly access: S3Access;
  /** What lies between the server and its users. */
  readonly proxy: FailingProxy;
  /** Objects by path: the bucket, then the key. */
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, PartsUpload>;
  /** Methods and paths that arrived, in order. */
  readonly requests: string[];
  /** Keys in a page of a list. */
  pageSize: number;
  /** Whether writes are conditional when asked for; "slowly": it looks, and writes later. */
  conditional: boolean | "slowly";
  /** Uploads in parts that will collide with another writer when they are to be completed. */
  conflicts: number;
}

const BUCKET = "bucket";

function problem(status: number, code: string): Response {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as told</Message></Error>`;
  return new Response(text, { status });
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function metadataOf(request: Request): Record<string, string> {
  return Object.fromEntries([...request.headers].filter(([name]) => name.startsWith("x-amz-meta-")));
}

function isTaken(server: S3Server, request: Request, path: string): boolean {
  return server.conditional !== false && request.headers.get("if-none-match") === "*" &&
    server.objects.has(path);
}

async function putObject(server: S3Server, { request, path, body }: Asked): Promise<Response> {
  if (isTaken(server, request, path)) return problem(412, "PreconditionFailed");
  if (server.conditional === "slowly") await new Promise((resolve) => setTimeout(resolve, 50));
  server.objects.set(path, { bytes: body, metadata: metadataOf(request) });
  return new Response(null, { headers: { etag: etagOf(body) } });
}

function startParts(server: S3Server, { request }: Asked): Response {
  const id = crypto.randomUUID();
  server.uploads.set(id, { metadata: metadataOf(request), parts: new Map() });
  return new Response(
    `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
  );
}

function putPart(server: S3Server, { query, body }: Asked): Response {
  const upload = server.uploads.get(query.get("uploadId")!);
  if (upload === undefined) return problem(404, "NoSuchUpload");
  upload.parts.set(Number(query.get("partNumber")), body);
  return new Response(null, { headers: { etag: etagOf(body) } });
}

function completeParts(server: S3Server, { request, path, query, body }: Asked): Response {
  const id = query.get("uploadId")!, upload = server.uploads.get(id);
  if (upload === undefined) return problem(404, "NoSuchUpload");
  if (isTaken(server, request, path)) return problem(412, "PreconditionFailed");
  if (server.conflicts-- > 0) {
    server.uploads.delete(id);
    return problem(409, "ConditionalRequestConflict");
  }
  const text = new TextDecoder().decode(body);
  const wanted = [...text.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g)];
  const parts = wanted.map(([, number]) => upload.parts.get(Number(number)));
  const fits = wanted.every(([, , tag], i) =>
    parts[i] && etagOf(parts[i]) === tag!.replaceAll("&quot;", '"')
  );
  if (!fits) return problem(400, "InvalidPart");
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part!.length, 0));
  let filled = 0;
  for (const part of parts) {
    bytes.set(part!, filled);
    filled += part!.length;
  }
  server.objects.set(path, { bytes, metadata: upload.metadata });
  server.uploads.delete(id);
  return new Response("<CompleteMultipartUploadResult/>");
}

function getObject(server: S3Server, { request, path }: Asked): Response {
  const object = server.objects.get(path);
  if (object === undefined) return problem(404, "NoSuchKey");
  const { metadata: headers, bytes } = object;
  if (request.method === "GET") return new Response(bytes, { headers });
  return new Response(null, { headers: { ...headers, "content-length": `${bytes.length}` } });
}

function listObjects(server: S3Server, { query }: Asked): Response {
  const start = `/${BUCKET}/`, token = query.get("continuation-token") ?? "";
  const keys = [...server.objects.keys()].map((path) => path.slice(start.length)).sort()
    .filter((key) => key.startsWith(query.get("prefix") ?? "") && key > token);
  const page = keys.slice(0, server.pageSize);
  const next = keys.length > page.length
    ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
    : "";
  const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
  return new Response(`<ListBucketResult>${contents}${next}</ListBucketResult>`);
}

function deleteObject(server: S3Server, { path, query }: Asked): Response {
  if (query.has("uploadId")) server.uploads.delete(query.get("uploadId")!);
  else server.objects.delete(path);
  return new Response(null, { status: 204 });
}

interface Asked {
  readonly request: Request;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array<ArrayBuffer>;
}

function answer(server: S3Server, asked: Asked): Response | Promise<Response> {
  const { request: { method, headers }, path, query, body } = asked;
  const { accessKeyId } = server.access;
  if (!headers.get("authorization")?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`)) {
    return problem(403, "AccessDenied");
  }
  if (headers.get("x-amz-content-sha256") !== sha256(body)) return problem(400, "XAmzContentSHA256Mismatch");
  if (!path.startsWith(`/${BUCKET}/`)) return problem(404, "NoSuchBucket");
  if (method === "PUT") return query.has("partNumber") ? putPart(server, asked) : putObject(server, asked);
  if (method === "POST") {
    return query.has("uploads") ? startParts(server, asked) : completeParts(server, asked);
  }
  if (method === "DELETE") return deleteObject(server, asked);
  return query.has("list-type") ? listObjects(server, asked) : getObject(server, asked);
}

async function handle(server: S3Server, request: Request): Promise<Response> {
  const { pathname: path, searchParams: query } = new URL(request.url);
  server.requests.push(`${request.method} ${path}`);
  return answer(server, { request, path, query, body: new Uint8Array(await request.arrayBuffer()) });
}

/** Starts the server, behind a proxy that fails when told to, for the time of a test. */
export async function withS3Server(use: (server: S3Server) => Promise<void>): Promise<void> {
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  const http = Deno.serve(options, (request) => handle(server, request));
  const proxy = await FailingProxy.start(http.addr.port);
  const bucketUrl = `http://127.0.0.1:${proxy.port}/${BUCKET}/`, prefix = "first/";
  const right = { region: "us-east-1", accessKeyId: "test", secretAccessKey: "secret" };
  const server: S3Server = {
    access: { url: bucketUrl + prefix, bucketUrl, prefix, ...right },
    proxy,
    objects: new Map(),
    uploads: new Map(),
    requests: [],
    pageSize: 2,
    conditional: true,
    conflicts: 0,
  };
  try {
    await use(server);
  } finally {
    await proxy.stop();
    await http.shutdown();
  }
}
