import { basename, join } from "@std/path";
import type { ZipEntry } from "../../formats/zip_directory.ts";
import { listZip, openZipEntry, readZipText } from "../../formats/zip_file.ts";
import { dataProblem, Problem } from "../../base/problem.ts";
import { type ByteProgress, SILENT, type Staging } from "./staging.ts";

/** Which wheel to take. */
export interface PipRequest {
  readonly gpu: boolean;
  /** null: the newest that pip offers. */
  readonly version: string | null;
  readonly quiet: boolean;
}

/** The Python that wheels are asked for; only libraries are taken, so the installed Python does not matter. */
const WHEEL_PYTHON = "3.12";

async function runPip(command: readonly string[], args: readonly string[]): Promise<boolean> {
  const [program, ...rest] = command;
  const status = await new Deno.Command(program!, {
    args: [...rest, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn().status;
  return status.success;
}

/** Downloads wheels, without what they depend on, through the first pip that works. */
async function downloadWheels(
  requirements: readonly string[],
  request: { folder: string; quiet: boolean },
): Promise<void> {
  const args = ["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
  args.push(
    "--python-version",
    WHEEL_PYTHON,
    "--dest",
    request.folder,
    ...(request.quiet ? ["--quiet"] : []),
  );
  for (const command of [["python3", "-m", "pip"], ["pip"]]) {
    try {
      if (await runPip(command, [...args, ...requirements])) return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Problem(
    "failed",
    `Cannot download ${requirements.join(", ")} with pip`,
    "Install Python's pip, look at its message above, or use --from official or --from FOLDER",
  );
}

/** The package with the libraries: tensorflow-cpu exists for x86-64 only. */
function packageName(gpu: boolean): string {
  return !gpu && Deno.build.arch === "x86_64" && Deno.build.os === "linux" ? "tensorflow-cpu" : "tensorflow";
}

async function onlyWheel(folder: string, prefix: string): Promise<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(prefix)) return join(folder, entry.name);
  }
  throw dataProblem(`Cannot find the wheel ${prefix}* in ${folder}`);
}

async function withWheel<Value>(
  path: string,
  use: (file: Deno.FsFile, entries: ZipEntry[]) => Promise<Value>,
): Promise<Value> {
  const file = await Deno.open(path);
  try {
    return await use(file, await listZip(file));
  } finally {
    file.close();
  }
}

async function entryText(file: Deno.FsFile, entries: readonly ZipEntry[], ending: string): Promise<string> {
  const entry = entries.find(({ name }) => name.endsWith(ending));
  if (!entry) throw dataProblem(`Cannot use the wheel: it holds no ${ending}`);
  return await readZipText(file, entry);
}

/** NVIDIA's packages that a GPU build of TensorFlow asks for, as pip requirements. */
export function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist: (nvidia-[^;]+);.*and-cuda/gm);
  return [...lines].map((line) => line[1]!.trim());
}

/** SHA-256 in hexadecimal by file name, from the text of a wheel's RECORD. */
export function recordHashes(record: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of record.split("\n")) {
    const [, name, base64] = /^(.+),sha256=([\w-]+),\d+\s*$/.exec(line) ?? [];
    if (!name || !base64) continue;
    const bytes = Uint8Array.fromBase64(base64, { alphabet: "base64url" });
    hashes.set(name, bytes.toHex());
  }
  return hashes;
}

/** The libraries that hold the C API, and NVIDIA's libraries, which TensorFlow finds beside itself as pip lays them. */
const WANTED =
  /^tensorflow\/(libtensorflow(_cc|_framework)\.so\.\d+|libtensorflow\w*\.\d+\.dylib|THIRD_PARTY_NOTICES\.txt)$|^nvidia\/.+\.so(\.\d+)*$/;

/** Extracts the libraries of one wheel and compares each with the checksum in the wheel's RECORD. */
export async function stageWheel(
  staging: Staging,
  wheel: string,
  progress: ByteProgress = SILENT,
): Promise<void> {
  await withWheel(wheel, async (file, entries) => {
    const hashes = recordHashes(await entryText(file, entries, ".dist-info/RECORD"));
    const wanted = entries.filter(({ name }) => WANTED.test(name));
    progress.begin(basename(wheel), wanted.reduce((sum, { size }) => sum + size, 0));
    for (const entry of wanted) {
      const staged = await staging.write(entry.name, openZipEntry(file, entry), progress.add);
      if (staged.sha256 !== hashes.get(entry.name)) {
        throw dataProblem(
          `Cannot use "${wheel}": "${entry.name}" has another checksum than its RECORD says`,
          "Run again",
        );
      }
    }
  });
}

/** Downloads TensorFlow's wheel (and NVIDIA's for a GPU) and stages the libraries. */
export async function stageFromPip(
  staging: Staging,
  request: PipRequest,
  progress: ByteProgress,
): Promise<void> {
  const folder = join(staging.folder, "wheels");
  await Deno.mkdir(folder, { recursive: true });
  const name = packageName(request.gpu);
  const wanted = request.version === null ? name : `${name}==${request.version}`;
  await downloadWheels([wanted], { folder, quiet: request.quiet });
  const wheels = [await onlyWheel(folder, "tensorflow")];
  if (request.gpu) wheels.push(...await downloadCuda(wheels[0]!, { folder, quiet: request.quiet }));
  for (const wheel of wheels) await stageWheel(staging, wheel, progress);
  await Deno.remove(folder, { recursive: true });
}

async function downloadCuda(wheel: string, request: { folder: string; quiet: boolean }): Promise<string[]> {
  const metadata = await withWheel(wheel, (file, entries) => entryText(file, entries, ".dist-info/METADATA"));
  const requirements = cudaRequirements(metadata);
  if (requirements.length === 0) {
    throw dataProblem(`Cannot find CUDA's packages in the metadata of "${wheel}"`);
  }
  await downloadWheels(requirements, request);
  const wheels: string[] = [];
  for await (const entry of Deno.readDir(request.folder)) {
    if (entry.name.startsWith("nvidia")) wheels.push(join(request.folder, entry.name));
  }
  return wheels.sort();
}
