import { createHash } from "node:crypto";
import { configProblem, dataProblem, Problem } from "../../base/problem.ts";
import { namingSource } from "./name_source.ts";
import { stageTarball } from "./stage_tarball.ts";
import type { Reports, Staging } from "./staging.ts";

/** Where TensorFlow's "Install TensorFlow for C" page links to. */
export const OFFICIAL_HOST = "https://storage.googleapis.com";

/** Which tarball to take. */
export interface OfficialRequest {
  readonly gpu: boolean;
  readonly version: string;
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
export function officialUrl({ gpu, version, host = OFFICIAL_HOST }: OfficialRequest): string {
  const file = `libtensorflow-${gpu ? "gpu" : "cpu"}-${platformName()}.tar.gz`;
  return `${host}/tensorflow/versions/${encodeURIComponent(version)}/${file}`;
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

async function* watched(
  pieces: AsyncIterable<Uint8Array>,
  watch: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    watch(piece);
    yield piece;
  }
}

/** The version that the user names: the repository has no checksum of a tarball, so none is taken unasked. */
export function namedVersion(version: string | null): string {
  if (version !== null) return version;
  throw configProblem(
    "Cannot install TensorFlow's C tarball: the repository has no checksum to compare it with",
    "Use --from pip, which is compared; or name the version that you trust, such as --version 2.18.0",
  );
}

/**
 * Downloads the C tarball and stages the libraries. It is compared with the checksum that its own server sends: that
 * finds a damaged download, not a false one.
 */
export async function stageOfficial(
  staging: Staging,
  request: OfficialRequest,
  { output, progress }: Reports,
): Promise<void> {
  const url = officialUrl(request);
  const response = await download(url);
  const total = Number(response.headers.get("content-length") ?? 0);
  output.line(`Downloading ${url}${total > 0 ? `: ${(total / 1e6).toFixed(0)} MB` : ""}`);
  output.warn(`"${url}" is not compared with a checksum of the repository: --version names it`);
  const md5 = promisedMd5(response.headers);
  if (md5 === null) {
    await response.body?.cancel();
    throw dataProblem(`Cannot trust "${url}": the server sends no checksum with it`, "Use --from pip");
  }
  const hash = createHash("md5");
  progress.begin(url, total);
  const body = watched(response.body!, (bytes) => {
    hash.update(bytes);
    progress.add(bytes.length);
  });
  await namingSource(url, () => stageTarball(staging, body));
  if (hash.digest("base64") !== md5) {
    throw dataProblem(`Cannot use "${url}": its checksum is wrong`, "Run again");
  }
}
