import { relative } from "@std/path";
import { Problem } from "../base/problem.ts";
import { openCLibrary } from "../machine/c_library.ts";
import { askCudaDriver, type CudaDriver } from "../tensorflow/cuda_driver.ts";
import { findLibrary, INSTALL_FOLDER } from "../tensorflow/find_library.ts";
import { checkInstalled, readInstalled } from "../tensorflow/install/installed.ts";
import type { Finding } from "./finding.ts";

const LIBRARY = "libtensorflow";

/** NVIDIA's driver as a library knows it: null when that is built without CUDA, undefined when it cannot be opened. */
type Driver = CudaDriver | null | undefined;

function askDriver(path: string): Driver {
  try {
    return askCudaDriver(path);
  } catch {
    // The process may not load it, or it is none; the line of the backend says so.
    return undefined;
  }
}

/** Where a library comes from, after all files of its install were compared with their checksums. */
async function originOf(path: string): Promise<string> {
  await checkInstalled(INSTALL_FOLDER, path, { hash: "always" });
  const installed = await readInstalled(INSTALL_FOLDER);
  if (installed === null) return "";
  const megabytes = installed.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  return `${installed.version} from ${installed.from}, ${megabytes.toFixed(0)} MB, all checksums hold, `;
}

function describeLibrary(path: string, { origin, driver }: { origin: string; driver: Driver }): Finding {
  const place = relative(".", path);
  if (driver === undefined) {
    return { subject: LIBRARY, state: "absent", text: `${origin}in ${place}, cannot be opened here` };
  }
  const build = driver === null ? "without" : "for";
  return { subject: LIBRARY, state: "good", text: `${origin}built ${build} CUDA, in ${place}` };
}

/** Whether the system has a driver of NVIDIA's, asked without TensorFlow. */
function hasDriver(): boolean {
  const c = openCLibrary({ dlopen: { parameters: ["buffer", "i32"], result: "u64" } });
  const now = 2;
  return c !== null && c.dlopen(new TextEncoder().encode("libcuda.so.1\0"), now) !== 0n;
}

function describeDriver(driver: Driver): Finding {
  const subject = "NVIDIA";
  if (driver?.problem) {
    const next =
      "Install or mend the driver, or run `deno task install_tensorflow` for the smaller build without CUDA";
    return { subject, state: "bad", text: driver.problem, next };
  }
  if (driver) return { subject, state: "good", text: `${driver.devices.join(", ")}; CUDA ${driver.version}` };
  if (!hasDriver()) return { subject, state: "absent", text: "no driver: libcuda.so.1 is not found" };
  const text = "a driver is here, and no CUDA build of TensorFlow that uses it";
  return { subject, state: "bad", text, next: "Run `deno task install_tensorflow --gpu`" };
}

/**
 * TensorFlow's library, all of it compared with its checksums before it is opened, and NVIDIA's driver.
 *
 * Call it when the backends have started: the driver may bring libraries that TensorFlow does not bear before itself.
 */
export async function examineTensorflow(): Promise<Finding[]> {
  try {
    const path = await findLibrary();
    if (path === null) {
      const next = "Run `deno task install_tensorflow`: it is the fastest backend";
      return [{ subject: LIBRARY, state: "absent", text: "not installed", next }, describeDriver(undefined)];
    }
    const origin = await originOf(path);
    const driver = askDriver(path);
    return [describeLibrary(path, { origin, driver }), describeDriver(driver)];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const next = error.next ?? "Run `deno task install_tensorflow` again";
    return [{ subject: LIBRARY, state: "bad", text: error.message, next }, describeDriver(undefined)];
  }
}
