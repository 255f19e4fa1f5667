import { join } from "@std/path";
import { pathExists } from "../base/files.ts";
import { withFolderLock } from "../base/folder_lock.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, interruptedProblem, Problem } from "../base/problem.ts";
import { type ArchiveVersion, isSameVersion, versionOf } from "./archive_version.ts";
import { type KaggleAccess, KaggleClient } from "./client.ts";
import { competitionName } from "./competition_name.ts";
import { type DownloadRecord, readDownloadRecord, writeDownloadRecord } from "./download_record.ts";
import { fetchArchive, openArchive, removePart } from "./fetch_archive.ts";
import { unpackData } from "./unpack_data.ts";

/** Which competition's data to download, and where to. */
export interface CompetitionDownloadRequest extends KaggleAccess {
  /** The name in the competition's address, or the address. */
  readonly competition: string;
  /** data when left out. */
  readonly folder?: string;
  readonly output?: Output;
  /** Asks to stop: what has arrived is kept. */
  readonly signal?: AbortSignal;
}

/** What was downloaded. */
export interface CompetitionDownload {
  readonly competition: string;
  readonly folder: string;
  /** Files unpacked. */
  readonly files: number;
  /** Bytes of the archive; null when the server did not tell. */
  readonly bytes: number | null;
  /** Whether it was there already. */
  readonly cached: boolean;
}

/** A download with everything it needs. */
interface Download {
  readonly client: KaggleClient;
  readonly competition: string;
  readonly folder: string;
  readonly output: Output;
  readonly signal: AbortSignal | undefined;
}

const MEGABYTE = 1e6;

/** Refuses to mix the files of two competitions. */
function checkFolder({ competition, folder }: Download, record: DownloadRecord | null): void {
  if (record === null || record.competition === competition) return;
  throw configProblem(
    `Cannot download "${competition}" into "${folder}": it holds the data of "${record.competition}"`,
    `Name another folder: --out=data/${competition}`,
  );
}

/** Whether the server still has what a record tells of. */
async function isCurrent(download: Download, record: DownloadRecord): Promise<boolean> {
  const answer = await openArchive(download.client, { ...download, headers: { range: "bytes=0-0" } });
  await answer.body?.cancel();
  return answer.ok && isSameVersion(versionOf(answer), { ...record, hashes: {} });
}

async function fetchPart(download: Download, part: string): Promise<ArchiveVersion> {
  const { competition, output } = download;
  let bar: ReturnType<Output["progress"]> | undefined;
  const onProgress = (done: number, total: number | null) => {
    bar ??= output.progress(`downloaded of ${competition}, MB`, Math.ceil((total ?? done) / MEGABYTE));
    bar.update(Math.floor(done / MEGABYTE));
  };
  const version = await fetchArchive(download.client, { ...download, part, onProgress });
  bar?.end();
  return version;
}

async function unpackPart(
  download: Download,
  part: string,
  { record, version }: { readonly record: DownloadRecord | null; readonly version: ArchiveVersion },
): Promise<number> {
  const { folder, competition } = download, { etag, modified, size } = version;
  const started = { competition, etag, modified, size, files: null };
  // From the first file on what is there is this competition's, which a later attempt may replace.
  const onReady = () => writeDownloadRecord(folder, started);
  const files = (await unpackData(part, folder, { ...download, replace: record !== null, onReady })).length;
  await writeDownloadRecord(folder, { ...started, files });
  return files;
}

function partOf({ competition, folder }: Download): string {
  return join(folder, `${competition}.zip.part`);
}

async function downloadInto(download: Download): Promise<CompetitionDownload> {
  const { competition, folder } = download, record = await readDownloadRecord(folder);
  checkFolder(download, record);
  const files = record?.files ?? null;
  if (record !== null && files !== null && await isCurrent(download, record)) {
    return { competition, folder, files, bytes: record.size, cached: true };
  }
  const part = partOf(download);
  const version = await fetchPart(download, part);
  const unpacked = await unpackPart(download, part, { record, version });
  await removePart(part);
  return { competition, folder, files: unpacked, bytes: version.size, cached: false };
}

/**
 * Downloads the data of a Kaggle competition into a folder and unpacks it. Interrupted, it keeps what it has and goes on
 * from there; what is there already is not downloaded again while Kaggle has the same.
 *
 * @throws Problem (config) on a wrong name or token and rules that are not accepted; (data) without network, on a wrong
 * checksum, an archive that leads out of the folder, and files in the folder that it would replace; (interrupted) when the
 * signal is aborted
 */
export async function downloadCompetition(request: CompetitionDownloadRequest): Promise<CompetitionDownload> {
  const { folder = "data", output = SILENT, signal } = request;
  const competition = competitionName(request.competition);
  const client = await KaggleClient.open(request);
  const download: Download = { client, competition, folder, output, signal };
  try {
    return await withFolderLock(folder, () => downloadInto(download));
  } catch (error) {
    throw signal?.aborted ? await interrupted(partOf(download)) : error;
  }
}

async function interrupted(part: string): Promise<Problem> {
  if (await pathExists(part)) return interruptedProblem(part);
  return new Problem("interrupted", "Interrupted before anything arrived", "Run the same command again");
}
