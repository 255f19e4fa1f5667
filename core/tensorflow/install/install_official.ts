import { createHash } from "node:crypto";
import { basename } from "@std/path";
import { readTar } from "../../formats/tar.ts";
import { dataProblem, Problem } from "../../base/problem.ts";
import type { ByteProgress, Staging } from "./staging.ts";

/** Where TensorFlow's "Install TensorFlow for C" page links to. */
export const OFFICIAL_HOST = "https://storage.googleapis.com";

/** The newest version of the C tarballs known to exist. */
export const OFFICIAL_VERSION = "2.18.0";

/** Which tarball to take. */
export interface OfficialRequest {
  readonly gpu: boolean;
  /** null: {@link OFFICIAL_VERSION}. */
  readonly version: string | null;
  /** Another server with the same paths, for mirrors and tests. */
  readonly host?: string;
}

function platformName(): string {
  const { os, arch } = Deno.build;
  if (os === "linux" && arch === "x86_64") return "linux-x86_64";
  if (os === "darwin") return arch === "aarch64" ? "darwin-arm64" : "darwin-x86_64";
  throw new Problem(
    "failed",
    `Cannot install TensorFlow's C tarball: there is none for ${os} on ${arch}`,
    "Use --from pip, or --from FOLDER with libraries of your own",
  );
}

/** The address of a tarball, such as .../tensorflow/versions/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz. */
export function officialUrl(request: OfficialRequest): string {
  const kind = request.gpu ? "gpu" : "cpu";
  const version = request.version ?? OFFICIAL_VERSION;
  const file = `libtensorflow-${kind}-${platformName()}.tar.gz`;
  return `${request.host ?? OFFICIAL_HOST}/tensorflow/versions/${version}/${file}`;
}

async function download(url: string): Promise<Response> {
  try {
    const response = await fetch(url);
    if (response.ok && response.body) return response;
    await response.body?.cancel();
    throw new Error(`the server answers ${response.status}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new Problem(
      "failed",
      `Cannot download "${url}": ${error instanceof Error ? error.message : error}`,
      "Look at https://www.tensorflow.org/install/lang_c for versions, or use --from pip",
    );
  }
}

/** The MD5 that Google's storage sends with a file (`x-goog-hash: crc32c=..., md5=...`), in base64, or null. */
export function promisedMd5(headers: Headers): string | null {
  return /\bmd5=([A-Za-z0-9+/]+=*)/.exec(headers.get("x-goog-hash") ?? "")?.[1] ?? null;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A stream that calls `watch` with every piece that is read from it. */
export function watched(body: ReadableStream<Bytes>, watch: (bytes: Bytes) => void): ReadableStream<Bytes> {
  const transform = (bytes: Bytes, controller: TransformStreamDefaultController<Bytes>) => {
    watch(bytes);
    controller.enqueue(bytes);
  };
  return body.pipeThrough(new TransformStream<Bytes, Bytes>({ transform }));
}

/** Puts the libraries of a C tarball, links included, below lib/. */
export async function stageTarball(
  staging: Staging,
  tarball: ReadableStream<Bytes>,
): Promise<void> {
  for await (const entry of readTar(tarball.pipeThrough(new DecompressionStream("gzip")))) {
    const name = basename(entry.name);
    if (!/(^|\/)lib\/libtensorflow[\w.]*$/.test(entry.name)) continue;
    if (entry.link !== null) await staging.link(`lib/${name}`, basename(entry.link));
    else await staging.write(`lib/${name}`, entry.content);
  }
}

/** Downloads the C tarball, compares it with the checksum that the server sends, and stages the libraries. */
export async function stageOfficial(
  staging: Staging,
  request: OfficialRequest,
  progress: ByteProgress,
): Promise<void> {
  const url = officialUrl(request);
  const response = await download(url);
  const md5 = promisedMd5(response.headers);
  const hash = createHash("md5");
  progress.begin(url, Number(response.headers.get("content-length") ?? 0));
  const body = watched(response.body!, (bytes) => {
    hash.update(bytes);
    progress.add(bytes.length);
  });
  await stageTarball(staging, body);
  if (md5 === null) {
    throw dataProblem(`Cannot trust "${url}": the server sends no checksum with it`, "Use --from pip");
  }
  if (hash.digest("base64") !== md5) {
    throw dataProblem(`Cannot use "${url}": its checksum is wrong`, "Run again");
  }
}
