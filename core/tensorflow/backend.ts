import { basename, dirname } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { configProblem, Problem } from "../base/problem.ts";
import { isLibraryNoiseShown } from "../machine/library_noise.ts";
import { type BindingSettings, TensorflowBinding } from "./binding.ts";
import { askCudaDriver } from "./cuda_driver.ts";
import { findLibrary, INSTALL_FOLDER, readVariable } from "./find_library.ts";
import { checkInstalled } from "./install/installed.ts";
import { loadNodeKernels } from "./node_kernels.ts";
import { openLibrary } from "./open_library.ts";

/** The name under which tfjs-node's kernels look their backend up. */
export const BACKEND_NAME = "tensorflow";

let started: TensorflowBinding | null = null;

/** TensorFlow reads it when it loads: 0 logs all, 2 errors alone. */
const LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL";

/** TensorFlow reads it when it rewrites a function: operations that stay in float32 in each precision. */
const NEVER_HALF = "TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_ALLOWLIST_REMOVE";

/** Depthwise convolutions are many times slower in half precision, on CPUs as on GPUs (tensorflow #41715). */
const DEPTHWISE = ["", "BackpropInput", "BackpropFilter"].map((suffix) => `DepthwiseConv2dNative${suffix}`);

/** Sets the environment that TensorFlow reads; a value of the user's is kept. */
function setVariables(): void {
  const values = { [LOG_LEVEL]: isLibraryNoiseShown() ? "0" : "2", [NEVER_HALF]: DEPTHWISE.join() };
  for (const [variable, value] of Object.entries(values)) {
    const permitted = Deno.permissions.querySync({ name: "env", variable }).state === "granted";
    if (permitted && !Deno.env.get(variable)) Deno.env.set(variable, value);
  }
}

const INSTALL =
  "Run `deno task install_tensorflow`, or set TENSORFLOW_LIBRARY to a libtensorflow 2.9 or newer";

/** Why the backend cannot start, or null: no library, or no permission to load the one that was found. */
export async function tensorflowUnavailable(): Promise<string | null> {
  if (started) return null;
  const path = await findLibrary();
  if (path) return await isPermitted("ffi", path) ? null : notAllowed(path);
  const named = readVariable("TENSORFLOW_LIBRARY");
  // A task may not even look at files outside the project.
  if (named && !await isPermitted("read", named)) return notAllowed(named);
  const system = await isPermitted("read", "/usr") ? ", Python's packages or /usr/local/lib" : "/";
  const where = named ? `TENSORFLOW_LIBRARY="${named}"` : `.tensorflow${system}`;
  return `no TensorFlow library in ${where}. ${INSTALL}`;
}

async function isPermitted(name: "ffi" | "read", path: string): Promise<boolean> {
  return (await Deno.permissions.query({ name, path })).state === "granted";
}

/** Tasks have permission for the libraries in .tensorflow/ only, since native code is not sandboxed. */
function notAllowed(path: string): string {
  const from = /\.(so|dylib)\b/.test(basename(path)) ? dirname(path) : path;
  const unset = readVariable("TENSORFLOW_LIBRARY") ? " and unset TENSORFLOW_LIBRARY" : "";
  return `tasks may load libraries from .tensorflow/ only, not "${path}". ` +
    `Run \`deno task install_tensorflow --from ${from}\` to copy it there${unset}`;
}

/**
 * {@link tensorflowUnavailable}, for the automatic choice of a backend.
 *
 * @throws Problem (config) when the user named a library in TENSORFLOW_LIBRARY that cannot be used
 */
export async function tensorflowUnchosen(): Promise<string | null> {
  const reason = await tensorflowUnavailable();
  if (reason !== null && readVariable("TENSORFLOW_LIBRARY")) {
    throw configProblem(
      `Cannot start the backend "tensorflow": ${reason}`,
      "To compute with another backend, unset TENSORFLOW_LIBRARY or set backend in the config",
    );
  }
  return reason;
}

/**
 * Loads TensorFlow, registers its kernels and makes it the current backend. A process has one TensorFlow: a second call
 * keeps the first's settings.
 *
 * @returns one line for the user: version, device, threads, path
 */
export async function startTensorflow(settings: BindingSettings): Promise<string> {
  if (!started) {
    const path = await findLibrary();
    if (!path) {
      throw new Problem("failed", `Cannot start the tensorflow backend: ${await tensorflowUnavailable()}`);
    }
    await checkInstalled(INSTALL_FOLDER, path);
    setVariables();
    const library = openLibrary(path);
    const binding = new TensorflowBinding(library, settings);
    const backend = loadNodeKernels(binding);
    tf.registerBackend(BACKEND_NAME, () => backend, 3);
    started = binding;
  }
  await tf.setBackend(BACKEND_NAME);
  const { context: { device }, executor: { library } } = started;
  const name = device.type === "GPU" ? device.name.replace(/^.*device:/, "") : "CPU";
  return `TensorFlow ${started.TF_Version} on ${name} (${library.path})${missingGpu(started)}`;
}

/** Why a CUDA build computes on the CPU; nothing when it does not, or is no CUDA build. */
function missingGpu({ context, executor }: TensorflowBinding): string {
  const driver = context.device.type === "GPU" ? null : askCudaDriver(executor.library.path);
  if (driver === null) return "";
  const refused = "TensorFlow cannot use it, --debug shows what it says";
  return `. It is built for CUDA and found no GPU: ${driver.problem ?? `${driver.devices[0]}: ${refused}`}`;
}

/** The running binding, for launch counts and profiles. Throws before the backend has started. */
export function tensorflowBinding(): TensorflowBinding {
  if (!started) throw new Error("The tensorflow backend has not started");
  return started;
}
