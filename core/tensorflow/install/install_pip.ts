import { basename, join } from "@std/path";
import { listFiles } from "../../base/files.ts";
import type { Output } from "../../base/output.ts";
import { dataProblem, Problem } from "../../base/problem.ts";
import { namingSource } from "./name_source.ts";
import { isUsedPackage } from "./nvidia_files.ts";
import { checkPin } from "./pins.ts";
import { checkRoom, planDownload, tellPlan } from "./plan.ts";
import { stageWheel, wheelMetadata } from "./stage_wheel.ts";
import type { Reports, Staging } from "./staging.ts";

/** Which wheel to take. */
export interface PipRequest {
  readonly gpu: boolean;
  /** null: the one whose checksum is in the repository. */
  readonly version: string | null;
  readonly quiet: boolean;
}

/** The Python that wheels are asked for; only libraries are taken, so the installed Python does not matter. */
const WHEEL_PYTHON = "3.12";

/** Runs pip in the folder that it fills: `python3 -m` also looks for modules in the working folder. */
async function runPip(command: readonly string[], call: { args: string[]; cwd: string }): Promise<boolean> {
  const [program, ...rest] = command;
  const status = await new Deno.Command(program!, {
    args: [...rest, ...call.args],
    cwd: call.cwd,
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
  const fixed = ["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
  const quiet = request.quiet ? ["--quiet"] : [];
  const args = [...fixed, "--python-version", WHEEL_PYTHON, "--dest", ".", ...quiet, ...requirements];
  for (const command of [["python3", "-m", "pip"], ["pip"]]) {
    try {
      if (await runPip(command, { args, cwd: request.folder })) return;
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

/** NVIDIA's packages that a GPU build of TensorFlow asks for and loads, as pip requirements. */
export function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist: (nvidia-[^;]+);.*and-cuda/gm);
  return [...lines].map((line) => line[1]!.trim()).filter(isUsedPackage);
}

/** Where wheels are saved, and where the user is told. */
interface Download {
  readonly folder: string;
  readonly output: Output;
}

/** Downloads the wheels with a checksum in the repository and compares them. */
async function downloadPinned(request: PipRequest, { folder, output }: Download): Promise<string[]> {
  const plan = planDownload(request.gpu);
  tellPlan(plan, output);
  checkRoom(plan);
  const { wheels } = plan;
  await downloadWheels(
    wheels.map((pin) => `${pin.package}==${pin.version}`),
    { folder, quiet: request.quiet },
  );
  const saved = await listFiles(folder);
  for (const pin of wheels) {
    if (!saved.includes(pin.file)) {
      throw dataProblem(
        `Cannot use what pip downloaded: it chose ${saved.join(", ")}, not "${pin.file}"`,
        "Name a version to install it unchecked, such as --version 2.18.0; or use --from FOLDER",
      );
    }
    await checkPin(join(folder, pin.file), pin);
  }
  return wheels.map(({ file }) => join(folder, file));
}

/** Downloads the wheels of a version that the user names. */
async function downloadUnpinned(
  { gpu, version, quiet }: PipRequest & { readonly version: string },
  { folder, output }: Download,
): Promise<string[]> {
  const wanted = `${packageName(gpu)}==${version}`;
  const size = gpu ? "with NVIDIA's libraries, some 3,000 MB" : "some 300 MB";
  output.line(`Downloading ${wanted} with pip: ${size}`);
  output.warn(`${wanted} is not compared with a checksum of the repository: --version names it`);
  await downloadWheels([wanted], { folder, quiet });
  const [wheel] = await listFiles(folder);
  if (wheel === undefined) throw dataProblem(`Cannot find the wheel of ${wanted}: pip saved none`);
  if (gpu) {
    const requirements = cudaRequirements(await wheelMetadata(join(folder, wheel)));
    if (requirements.length === 0) {
      throw dataProblem(`Cannot find CUDA's packages in the metadata of "${wheel}"`);
    }
    await downloadWheels(requirements, { folder, quiet });
  }
  return (await listFiles(folder)).map((name) => join(folder, name));
}

/** Downloads TensorFlow's wheel (and NVIDIA's for a GPU) and stages the libraries. */
export async function stageFromPip(
  staging: Staging,
  request: PipRequest,
  { output, progress }: Reports,
): Promise<void> {
  const folder = join(staging.folder, "wheels");
  await Deno.mkdir(folder);
  const { version } = request;
  const wheels = version === null
    ? await downloadPinned(request, { folder, output })
    : await downloadUnpinned({ ...request, version }, { folder, output });
  for (const wheel of wheels) {
    await namingSource(basename(wheel), () => stageWheel(staging, wheel, progress));
    await Deno.remove(wheel);
  }
  await Deno.remove(folder, { recursive: true });
}
