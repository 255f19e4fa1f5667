/** Contents on their way to S3: whole in one request, or in parts where they are large. */
import { createHash } from "node:crypto";
import { forEachInFlight } from "../base/in_flight.ts";
import { Problem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { PassingFailure, retrying } from "../transfer/retry.ts";
import { checkBlob, type OnProgress, sizeOf } from "./contents.ts";
import type { S3Answer, S3Client, S3Request } from "./s3_client.ts";
import { elementTexts } from "./s3_xml.ts";
import type { Source } from "./store.ts";

/** Names of metadata: the checksum of the whole, and a random name of the upload that wrote it. */
export const SHA256_HEADER = "x-amz-meta-sha256", WRITER_HEADER = "x-amz-meta-writer";

/** How a content is cut. */
export interface PartSizes {
  /** Bytes of a part; what has no more goes in one request. S3 takes no less than 5 MiB. */
  readonly part: number;
  /** Most parts; larger files get larger parts. */
  readonly parts: number;
}
/** 4 parts at a time hold 64 MiB; S3 takes 10,000. */
export const PART_SIZES: PartSizes = { part: 2 ** 24, parts: 10_000 };
const IN_FLIGHT = 4;

/** One upload. */
export interface Upload {
  readonly key: string;
  readonly source: Source;
  /** A random name, by which the upload knows its own object again. */
  readonly writer: string;
  readonly onlyIfAbsent: boolean;
  readonly sizes: PartSizes;
  readonly onProgress: OnProgress;
}

/** What became of an upload; "unclear" when an earlier try may have written before its answer was lost. */
export type Outcome = "written" | "unclear";

/** Bytes of a source from `start`, fewer where it ends. */
async function readRange(
  source: Source,
  { start, length }: { readonly start: number; readonly length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  if ("bytes" in source) return new Uint8Array(source.bytes.subarray(start, start + length));
  using file = await Deno.open(source.path);
  await file.seek(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (let read: number | null = 0; read !== null && filled < length; filled += read ?? 0) {
    read = await file.read(bytes.subarray(filled));
  }
  return bytes.subarray(0, filled);
}

function metadata({ writer }: Upload, checksum: string): Record<string, string> {
  return { [SHA256_HEADER]: checksum, [WRITER_HEADER]: writer };
}

function condition({ onlyIfAbsent }: Upload): Record<string, string> {
  return onlyIfAbsent ? { "if-none-match": "*" } : {};
}

function outcomeOf({ status }: S3Answer): Promise<Outcome> {
  return Promise.resolve(status < 300 ? "written" : "unclear");
}

async function uploadWhole(client: S3Client, upload: Upload, total: number): Promise<Outcome> {
  const { key, source } = upload, bytes = await readRange(source, { start: 0, length: total });
  const checksum = sha256(bytes);
  checkBlob(key, checksum);
  const headers = { ...metadata(upload, checksum), ...condition(upload) };
  const body = { bytes, sha256: checksum };
  const outcome = await client.request({ method: "PUT", key, headers, body, expected: [412] }, outcomeOf);
  upload.onProgress({ key, done: total, total });
  return outcome;
}

/** A part of a content; its checksum is signed, so that the server refuses it when the file has changed since. */
interface Part {
  readonly number: number;
  readonly start: number;
  readonly length: number;
  readonly sha256: string;
}

/** The parts of a source and the checksum of the whole, from reading it once. */
async function cut(
  { source, sizes }: Upload,
  total: number,
): Promise<{ readonly parts: Part[]; readonly checksum: string }> {
  const length = Math.max(sizes.part, Math.ceil(total / sizes.parts)), parts: Part[] = [];
  const hash = createHash("sha256");
  for (let start = 0; start < total; start += length) {
    const bytes = await readRange(source, { start, length });
    hash.update(bytes);
    parts.push({ number: parts.length + 1, start, length: bytes.length, sha256: sha256(bytes) });
  }
  return { parts, checksum: hash.digest("hex") };
}

/** Sends all parts, some at a time, and returns their ETags in order. */
async function sendParts(
  client: S3Client,
  { parts, uploadId, upload, total }: { parts: Part[]; uploadId: string; upload: Upload; total: number },
): Promise<string[]> {
  const { key, source, onProgress } = upload, tags: string[] = [];
  let done = 0;
  await forEachInFlight(parts, IN_FLIGHT, async (part) => {
    const body = { bytes: await readRange(source, part), sha256: part.sha256 };
    const query = { partNumber: `${part.number}`, uploadId };
    const tag = await client.request(
      { method: "PUT", key, query, body },
      ({ headers }) => Promise.resolve(headers.get("etag") ?? ""),
    );
    tags[part.number - 1] = tag;
    done += part.length;
    onProgress({ key, done, total });
  });
  return tags;
}

/** Makes the parts one object. The answer may begin with success and tell of a failure in its body. */
async function complete(
  client: S3Client,
  { upload, uploadId, tags }: { upload: Upload; uploadId: string; tags: string[] },
): Promise<Outcome | "conflict"> {
  const parts = tags.map((tag, i) => {
    return `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag.replaceAll('"', "&quot;")}</ETag></Part>`;
  });
  const bytes = new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
      parts.join("")
    }</CompleteMultipartUpload>`,
  );
  const request: S3Request = {
    method: "POST",
    key: upload.key,
    query: { uploadId },
    headers: condition(upload),
    body: { bytes, sha256: sha256(bytes) },
    expected: [404, 409, 412],
  };
  return await client.request(request, async (answer) => {
    const text = await answer.text();
    if (answer.status === 409) return "conflict";
    if (answer.status >= 300) return "unclear";
    const [code] = elementTexts(text, "Code");
    if (code !== undefined) throw new PassingFailure(`Cannot complete "${upload.key}": ${code}`);
    return "written";
  });
}

/** Frees what the server keeps of an upload that came to nothing; an error of this is not the one to tell. */
async function abandon(client: S3Client, key: string, uploadId: string): Promise<void> {
  try {
    await client.request(
      { method: "DELETE", key, query: { uploadId }, expected: [404] },
      () => Promise.resolve(),
    );
  } catch { /* A lifecycle rule of the bucket removes it. */ }
}

async function uploadParts(client: S3Client, upload: Upload, total: number): Promise<Outcome> {
  const { key } = upload, { parts, checksum } = await cut(upload, total);
  checkBlob(key, checksum);
  const uploadId = await client.request(
    { method: "POST", key, query: { uploads: "" }, headers: metadata(upload, checksum) },
    async (answer) => elementTexts(await answer.text(), "UploadId")[0],
  );
  if (uploadId === undefined) {
    throw new Problem("failed", `Cannot store "${key}": ${client.name} starts no upload in parts`);
  }
  let outcome: Outcome | "conflict" = "conflict";
  try {
    const tags = await sendParts(client, { parts, uploadId, upload, total });
    outcome = await complete(client, { upload, uploadId, tags });
  } finally {
    if (outcome !== "written") await abandon(client, key, uploadId);
  }
  // Another wrote or removed the key at the same moment: S3 then wants all parts anew.
  if (outcome === "conflict") throw new PassingFailure(`Cannot store "${key}": others write it all the time`);
  return outcome;
}

/** Sends a content, in parts when it has more bytes than one. */
export async function upload(client: S3Client, wanted: Upload): Promise<Outcome> {
  const total = await sizeOf(wanted.source);
  const send = total > wanted.sizes.part ? uploadParts : uploadWhole;
  return await retrying(() => send(client, wanted, total), client.retry);
}
