import { dirname, join } from "@std/path";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { flushFile, writeAll } from "../base/part_files.ts";
import { dataProblem, type Problem } from "../base/problem.ts";
import { systemProblem } from "../base/system_error.ts";
import { readSafetensors } from "./safetensors.ts";
import { WEIGHTS_FOLDER } from "./weight_file.ts";
import { sha256OfFile } from "../base/sha256.ts";

/** The Hugging Face hub. */
export const HUB_URL = "https://huggingface.co";

const FILE = "model.safetensors";

/** What to download and where to. */
export interface DownloadRequest {
  /** `<organisation>/<name>` on the hub. */
  readonly repository: string;
  /** A branch, tag or commit; main when left out. */
  readonly revision?: string;
  /** Where repositories are kept; data/weights when left out. */
  readonly folder?: string;
  /** Another hub; the Hugging Face hub when left out. */
  readonly hub?: string;
  /** Called as bytes arrive, with the bytes so far and in total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the hub says about a file. */
interface RemoteFile {
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the content in hexadecimal; null where the hub does not give it. */
  readonly sha256: string | null;
}

/** What was downloaded. */
export interface DownloadResult {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether the file was there already. */
  readonly cached: boolean;
}

function offline(url: string, error: unknown): Problem {
  return dataProblem(
    `Cannot download from ${new URL(url).host}: ${error instanceof Error ? error.message : error}`,
    "Check the network, or put a file there by hand and name its path in model.params.pretrained",
  );
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw offline(url, error);
  }
}

/** Asks for the file's size and checksum, which the hub keeps in the headers of its own answer, before the redirect. */
async function describe(
  repository: string,
  { hub = HUB_URL, revision = "main" }: DownloadRequest,
): Promise<RemoteFile> {
  const url = `${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${FILE}`;
  const answer = await request(url, { method: "HEAD", redirect: "manual" });
  if (answer.status >= 400) {
    throw dataProblem(
      `Cannot download ${FILE} of ${repository} at ${revision}: the hub answers ${answer.status}`,
      "Check the name on huggingface.co; the repository must be public and hold model.safetensors",
    );
  }
  const { headers } = answer;
  const etag = (headers.get("x-linked-etag") ?? headers.get("etag") ?? "").replace(/^W\/|"/g, "");
  const size = Number(headers.get("x-linked-size") ?? headers.get("content-length") ?? 0);
  return { url, size, sha256: /^[0-9a-f]{64}$/.test(etag) ? etag : null };
}

async function sizeOf(path: string): Promise<number> {
  return await pathExists(path) ? (await Deno.stat(path)).size : 0;
}

/** Fetches what is missing behind the bytes that an interrupted download left. */
async function fetchRest(
  remote: RemoteFile,
  part: string,
  onProgress: DownloadRequest["onProgress"],
): Promise<void> {
  const there = await sizeOf(part);
  if (remote.size > 0 && there === remote.size) return;
  const headers: HeadersInit = there > 0 && there < remote.size ? { range: `bytes=${there}-` } : {};
  const answer = await request(remote.url, { headers });
  if (!answer.ok || !answer.body) throw offline(remote.url, `the hub answers ${answer.status}`);
  const resumed = answer.status === 206;
  const file = await Deno.open(part, { write: true, create: true, append: resumed, truncate: !resumed });
  let done = resumed ? there : 0;
  try {
    for await (const chunk of answer.body) {
      await writeAll(file, chunk, part);
      done += chunk.length;
      onProgress?.(done, remote.size);
    }
    await flushFile(file, part);
  } catch (error) {
    throw systemProblem(error) ?? offline(remote.url, error);
  } finally {
    file.close();
  }
}

async function checkPart(part: string, remote: RemoteFile): Promise<string> {
  const sha256 = await sha256OfFile(part);
  const whole = remote.size === 0 || await sizeOf(part) === remote.size;
  if (!whole || (remote.sha256 !== null && remote.sha256 !== sha256)) {
    await Deno.remove(part);
    throw dataProblem(
      `Cannot use the download from ${remote.url}: its ${
        whole ? "checksum" : "size"
      } is not what the hub tells`,
      "Run the same command again",
    );
  }
  try {
    readSafetensors(await Deno.readFile(part));
  } catch (error) {
    await Deno.remove(part);
    throw error;
  }
  return sha256;
}

/**
 * Downloads the weights of a hub repository into the cache, going on where an interrupted download stopped. The file is
 * checked against the hub's checksum and read once before it gets its name; a file that is there is not downloaded
 * again while the hub gives the same checksum.
 *
 * @throws Problem (data) without network, on an unknown repository, and on a file that differs from the hub's size or checksum
 */
export async function downloadWeights(wanted: DownloadRequest): Promise<DownloadResult> {
  const { repository, folder = WEIGHTS_FOLDER } = wanted;
  const path = join(folder, repository, FILE), part = `${path}.part`;
  const remote = await describe(repository, wanted);
  if (await pathExists(path)) {
    const sha256 = await sha256OfFile(path);
    if (remote.sha256 === sha256) return { path, bytes: await sizeOf(path), sha256, cached: true };
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  await fetchRest(remote, part, wanted.onProgress);
  const sha256 = await checkPart(part, remote);
  await Deno.rename(part, path);
  const source = { repository, revision: wanted.revision ?? "main", sha256 };
  await writeFileAtomic(join(dirname(path), "source.json"), JSON.stringify(source, null, 2) + "\n");
  return { path, bytes: await sizeOf(path), sha256, cached: false };
}
