import { basename, dirname, join } from "@std/path";
import { pathExists, writeFileAtomic } from "../../base/files.ts";
import { dataProblem } from "../../base/problem.ts";
import type { Output, ProgressBar } from "../../base/output.ts";
import { stageOfficial, stageTarball } from "./install_official.ts";
import { stageFromPip, stageWheel } from "./install_pip.ts";
import { findLibrary, INSTALL_FOLDER, LIBRARY_NAMES } from "../find_library.ts";
import { type ByteProgress, type StagedFile, Staging } from "./staging.ts";
import { openLibrary } from "../open_library.ts";

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

/** What was installed; also written beside the libraries as installed.json. */
export interface Installed {
  readonly version: string;
  readonly from: string;
  readonly library: string;
  readonly files: readonly StagedFile[];
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path);
  yield* file.readable;
}

/** The folder itself, lib/ of an unpacked tarball, or tensorflow/ of a folder of Python packages. */
async function stageFolder(staging: Staging, folder: string, progress: ByteProgress): Promise<void> {
  const library = await findLibrary({ fromEnvironment: folder });
  if (!library) {
    throw dataProblem(
      `Cannot install from "${folder}": it holds none of ${LIBRARY_NAMES.join(", ")}`,
      "Name a folder with the libraries, a .whl or a .tar.gz; or use --from pip",
    );
  }
  for await (const { name, isSymlink } of Deno.readDir(dirname(library))) {
    if (!/^libtensorflow(_cc|_framework)?\.(so|\d|dylib)/.test(name)) continue;
    const path = join(dirname(library), name);
    const to = isSymlink ? await Deno.readLink(path) : "";
    // Links to a file of the same folder stay links; the libraries have hundreds of megabytes.
    if (to !== "" && !to.includes("/")) await staging.link(`lib/${name}`, to);
    else await staging.write(`lib/${name}`, piecesOf(path), progress.add);
  }
}

/** Folders that installs put libraries into. All are replaced, so that no library of an earlier install is found. */
const FOLDERS: readonly string[] = ["tensorflow", "lib", "nvidia"];

async function removeEarlier({ target, files }: Staging): Promise<void> {
  const filled = new Set(files.map(({ path }) => path.split("/")[0]));
  for (const name of FOLDERS.filter((folder) => !filled.has(folder))) {
    const folder = join(target, name);
    if (await pathExists(folder)) await Deno.remove(folder, { recursive: true });
  }
}

async function stagePath(staging: Staging, path: string, progress: ByteProgress): Promise<void> {
  if (path.endsWith(".whl")) return await stageWheel(staging, path, progress);
  if (path.endsWith(".tar.gz")) return await stageTarball(staging, (await Deno.open(path)).readable);
  await stageFolder(staging, path, progress);
}

async function stage(staging: Staging, request: InstallRequest, progress: ByteProgress): Promise<void> {
  if (request.from === "pip") await stageFromPip(staging, request, progress);
  else if (request.from === "official") await stageOfficial(staging, request, progress);
  else await stagePath(staging, request.from, progress);
}

function stagedLibrary(staging: Staging): string {
  const file = staging.files.find(({ path }) => LIBRARY_NAMES.includes(basename(path))) ??
    staging.files.find(({ path }) => /libtensorflow(_cc)?\.so\.\d/.test(path));
  if (!file) {
    throw dataProblem(
      "Cannot install: the download holds no libtensorflow",
      "Try another --version or --from",
    );
  }
  return file.path;
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
 * Installs libtensorflow into .tensorflow/: collected beside it, checksummed, loaded once as a trial, then moved into
 * place. A failure leaves what was installed before.
 */
export async function installTensorflow(request: InstallRequest, output: Output): Promise<Installed> {
  const staging = new Staging(request.folder ?? INSTALL_FOLDER);
  await staging.discard();
  const progress = new MegabyteProgress(output);
  try {
    await stage(staging, request, progress);
    progress.end();
    const library = stagedLibrary(staging);
    const version = (request.versionOf ?? ((path) => openLibrary(path).version))(
      join(staging.folder, library),
    );
    const installed = { version, from: request.from, library, files: staging.files };
    await staging.commit();
    await removeEarlier(staging);
    await writeFileAtomic(join(staging.target, "installed.json"), JSON.stringify(installed, null, 2) + "\n");
    return installed;
  } finally {
    await staging.discard();
  }
}
