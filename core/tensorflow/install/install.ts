import { basename, join } from "@std/path";
import type { Output, ProgressBar } from "../../base/output.ts";
import { configProblem, dataProblem } from "../../base/problem.ts";
import { INSTALL_FOLDER, LIBRARY_NAMES } from "../find_library.ts";
import { openLibrary } from "../open_library.ts";
import { namedVersion, stageOfficial } from "./install_official.ts";
import { stageFromPip } from "./install_pip.ts";
import type { Installed } from "./installed.ts";
import { namingSource } from "./name_source.ts";
import { isPinned } from "./pins.ts";
import { stageFolder } from "./stage_folder.ts";
import { stageTarball } from "./stage_tarball.ts";
import { stageWheel } from "./stage_wheel.ts";
import { type ByteProgress, type Reports, type Staging, withStaging } from "./staging.ts";

/** What to install and from where. */
export interface InstallRequest {
  /** `official`, `pip`, or the path of a folder, wheel or tarball. */
  readonly from: string;
  readonly gpu: boolean;
  readonly version: string | null;
  readonly quiet: boolean;
  /** The folder to fill. */
  readonly folder?: string;
  /** Another server for `official`. */
  readonly host?: string;
  /** Loads the library and returns its version; tests of the unpacking replace it. */
  readonly versionOf?: (path: string) => string;
}

async function* counted(path: string, progress: ByteProgress): AsyncGenerator<Uint8Array> {
  for await (const piece of (await Deno.open(path)).readable) {
    progress.add(piece.length);
    yield piece;
  }
}

async function statusOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw configProblem(
      `Cannot install from "${path}": there is no such folder or file`,
      "Name a folder, a .whl or a .tar.gz; or use --from pip",
    );
  }
}

async function stageArchive(staging: Staging, path: string, progress: ByteProgress): Promise<void> {
  if (path.endsWith(".whl")) return await stageWheel(staging, path, progress);
  progress.begin(path, (await Deno.stat(path)).size);
  await stageTarball(staging, counted(path, progress));
}

/** Stages what the user has on disk. */
async function stagePath(staging: Staging, path: string, { output, progress }: Reports): Promise<void> {
  const { isDirectory, isFile } = await statusOf(path);
  if (isDirectory) {
    output.warn(`"${path}" is not compared with a checksum of the repository: it is yours`);
    return await stageFolder(staging, path, progress);
  }
  if (!isFile || !/\.(whl|tar\.gz|tgz)$/.test(path)) {
    throw configProblem(
      `Cannot install from "${path}": it is no folder, .whl or .tar.gz`,
      "Name one of these; or use --from pip",
    );
  }
  if (!await isPinned(path)) {
    output.warn(
      `"${path}" is not compared with a checksum of the repository: it is none of the pinned files`,
    );
  }
  await namingSource(path, () => stageArchive(staging, path, progress));
}

async function stage(staging: Staging, request: InstallRequest, reports: Reports): Promise<void> {
  const { from, version } = request;
  if (from === "pip") return await stageFromPip(staging, request, reports);
  if (from === "official") {
    return await stageOfficial(staging, { ...request, version: namedVersion(version) }, reports);
  }
  if (version !== null || request.gpu) {
    throw configProblem(
      `Cannot install from "${from}" by ${
        version === null ? "--gpu" : "--version"
      }: it chooses among downloads`,
      "Leave it out; or use --from pip or --from official",
    );
  }
  await stagePath(staging, from, reports);
}

function stagedLibrary({ files }: Staging): string {
  for (const name of LIBRARY_NAMES) {
    const file = files.find(({ path }) => basename(path) === name);
    if (file) return file.path;
  }
  throw dataProblem(
    `Cannot install: it holds none of ${LIBRARY_NAMES.join(", ")}`,
    "Try another --version or --from",
  );
}

/** Megabytes on the task's progress line. */
class MegabyteProgress implements ByteProgress {
  #bar: ProgressBar | null = null;
  #bytes = 0;

  constructor(readonly output: Output) {}

  readonly begin = (label: string, total: number): void => {
    this.end();
    this.#bytes = 0;
    this.#bar = this.output.progress(`${basename(label)}, MB`, Math.ceil(total / 1e6));
  };

  readonly add = (count: number): void => {
    this.#bytes += count;
    this.#bar?.update(Math.floor(this.#bytes / 1e6));
  };

  end(): void {
    this.#bar?.end();
    this.#bar = null;
  }
}

/**
 * Installs libtensorflow into .tensorflow/: collected in a folder of its own, checked, loaded once as a trial, then
 * moved into place. A failure leaves what was installed before.
 */
export async function installTensorflow(request: InstallRequest, output: Output): Promise<Installed> {
  const versionOf = request.versionOf ?? ((path) => openLibrary(path).version);
  return await withStaging(request.folder ?? INSTALL_FOLDER, async (staging) => {
    const progress = new MegabyteProgress(output);
    try {
      await stage(staging, request, { output, progress });
    } finally {
      progress.end();
    }
    const library = stagedLibrary(staging);
    const version = versionOf(join(staging.folder, library));
    return await staging.commit({ version, from: request.from, library });
  });
}
