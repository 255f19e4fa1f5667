import { dirname } from "@std/path";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { flushFile, writeAll } from "../base/part_files.ts";
import { dataProblem } from "../base/problem.ts";
import { systemProblem } from "../base/system_error.ts";
import { type ArchiveVersion, ifRange, isSameVersion, readVersion, versionOf } from "./archive_version.ts";
import { fitsHashes } from "./checksum.ts";
import { type KaggleClient, unreachable } from "./client.ts";
import { refusal } from "./refusal.ts";
import { StallGuard } from "../transfer/stall_guard.ts";

const PATIENCE = 60_000;

/** What to fetch and where to. */
export interface ArchiveRequest {
  readonly competition: string;
  /** Where the bytes are kept until the archive is used; `<part>.json` beside it tells what they are a part of. */
  readonly part: string;
  /** Called as bytes arrive, with the bytes so far and in total (null when the server does not tell). */
  readonly onProgress?: (done: number, total: number | null) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which a connection counts as broken; a minute when left out. */
  readonly patience?: number;
}

/** Bytes that an earlier attempt left, of a known version. */
interface Held {
  readonly bytes: number;
  readonly version: ArchiveVersion;
}

function noteOf(part: string): string {
  return `${part}.json`;
}

/** Removes a part and what is noted of it. */
export async function removePart(part: string): Promise<void> {
  for (const path of [part, noteOf(part)]) if (await pathExists(path)) await Deno.remove(path);
}

async function heldPart(part: string): Promise<Held | null> {
  const version = await readVersion(noteOf(part));
  if (version === null || !await pathExists(part)) return null;
  const { size } = await Deno.stat(part);
  return size === 0 || size > (version.size ?? 0) || ifRange(version) === null
    ? null
    : { bytes: size, version };
}

/** Asks for the competition's archive; headers of a range are passed on to the storage. */
export async function openArchive(
  client: KaggleClient,
  { competition, headers, signal }: {
    readonly competition: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Response> {
  const path = `competitions/data/download-all/${competition}`;
  const answer = await client.ask(path, { headers: { "accept-encoding": "identity", ...headers }, signal });
  if (answer.status >= 400 && answer.status !== 416) {
    throw await refusal(client, { answer, competition, action: "download the data of" });
  }
  return answer;
}

/** Where to go on: a whole part asks for its last byte again, since a range behind the end is an error. */
function startOf(held: Held | null): number {
  return held === null ? 0 : Math.min(held.bytes, held.version.size! - 1);
}

function rangeHeaders(held: Held | null): Record<string, string> {
  if (held === null) return {};
  return { range: `bytes=${startOf(held)}-`, "if-range": ifRange(held.version)! };
}

/** Whether an answer goes on behind the bytes that are held. */
function goesOn(answer: Response, held: Held | null): boolean {
  if (held === null || answer.status !== 206 || !isSameVersion(versionOf(answer), held.version)) return false;
  return answer.headers.get("content-range")?.startsWith(`bytes ${startOf(held)}-`) ?? false;
}

/** Writes the body behind `start` and returns the length of the part; what a broken connection brought stays there. */
async function writeBody(
  answer: Response,
  start: number,
  { part, onProgress, signal, guard }: ArchiveRequest & { readonly guard: StallGuard },
): Promise<{ readonly bytes: number; readonly broken: unknown }> {
  const total = versionOf(answer).size;
  using file = await Deno.open(part, { write: true, create: true });
  await file.truncate(start);
  await file.seek(start, Deno.SeekMode.Start);
  let bytes = start, broken: unknown = null;
  try {
    for await (const chunk of answer.body ?? []) {
      guard.alive();
      await writeAll(file, chunk, part);
      bytes += chunk.length;
      onProgress?.(bytes, total);
    }
  } catch (error) {
    if (systemProblem(error) !== null) throw error;
    broken = error;
  }
  await flushFile(file, part);
  signal?.throwIfAborted();
  return { bytes, broken };
}

/** The part after a request. */
interface Fetched extends Held {
  /** What broke the connection, or null. */
  readonly broken: unknown;
  /** The address that sent. */
  readonly url: string;
}

async function fetchOnce(client: KaggleClient, request: ArchiveRequest): Promise<Fetched> {
  const { part, signal, patience = PATIENCE } = request, held = await heldPart(part);
  using guard = new StallGuard(patience, signal);
  const guarded = { ...request, signal: guard.signal };
  let answer = await openArchive(client, { ...guarded, headers: rangeHeaders(held) });
  const resumed = goesOn(answer, held);
  if (!resumed) {
    // 206 or 416 is about another file than the one that is held: only a new request brings it whole.
    if (answer.status !== 200) {
      await answer.body?.cancel();
      answer = await openArchive(client, { ...guarded, headers: {} });
    }
    if (answer.status !== 200) throw unreachable(answer.url, `it answers ${answer.status}`);
    if (answer.headers.get("content-type")?.startsWith("text/html")) throw pageInstead(request.competition);
    await removePart(part);
    await writeFileAtomic(noteOf(part), JSON.stringify(versionOf(answer)) + "\n");
  }
  const version = resumed ? held!.version : versionOf(answer);
  const start = resumed ? startOf(held) : 0;
  return { ...await writeBody(answer, start, { ...request, guard }), version, url: answer.url };
}

function pageInstead(competition: string): Error {
  return dataProblem(
    `Cannot download the data of "${competition}": Kaggle answers with a page instead of an archive`,
    `Look whether https://www.kaggle.com/competitions/${competition}/data offers a download`,
  );
}

async function checkArchive({ part, signal }: ArchiveRequest, { version }: Held): Promise<void> {
  if (await fitsHashes(part, { hashes: version.hashes, signal }) !== false) return;
  await removePart(part);
  throw dataProblem(
    `Cannot use the download: its checksum is not what the storage tells, so it was removed`,
    "Run the same command again",
  );
}

/** Fetches until the archive is whole; a connection that broke is opened again as long as each brings something. */
async function fetchWhole(client: KaggleClient, request: ArchiveRequest): Promise<Held> {
  for (let before = -1;;) {
    const { bytes, version, broken, url } = await fetchOnce(client, request);
    const whole = version.size === null ? broken === null : bytes === version.size;
    if (whole) return { bytes, version };
    if (bytes <= before || version.size === null) {
      throw unreachable(url, broken ?? `the download ended after ${bytes} bytes`);
    }
    before = bytes;
  }
}

/**
 * Downloads the archive of a competition's data to `part`, going on where an interrupted download stopped as long as the
 * server has the same version, and compares it with the checksum that the storage tells.
 *
 * @throws Problem (config) when Kaggle refuses; (data) without network and on a wrong checksum; any error when the signal is
 * aborted, with what has arrived kept
 */
export async function fetchArchive(client: KaggleClient, request: ArchiveRequest): Promise<ArchiveVersion> {
  await Deno.mkdir(dirname(request.part), { recursive: true });
  const held = await fetchWhole(client, request);
  await checkArchive(request, held);
  return held.version;
}
