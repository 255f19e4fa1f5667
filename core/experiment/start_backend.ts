import * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";
import type { Backend } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";

/**
 * Starts a backend: the named one, or with `auto` the first available one by rank.
 *
 * @returns a line that describes the backend
 * @throws Problem when the named backend is not available, with its reason
 */
export async function startBackend(
  registry: Registry,
  name: string,
  options: { readonly threads: number },
): Promise<string> {
  const make = (plugin: string): Backend =>
    registry.get("backends", plugin).create({}, { ...options, automatic: name === "auto" });
  if (name !== "auto") {
    const backend = make(name);
    const reason = await backend.unavailable();
    if (reason !== null) throw configProblem(`Cannot start the backend "${name}": ${reason}`);
    return await backend.start();
  }
  const ranked = registry.list("backends").filter((plugin) => plugin.rank !== null);
  for (const plugin of ranked.sort((a, b) => a.rank! - b.rank!)) {
    const backend = make(plugin.name);
    if (await backend.unavailable() === null) return await backend.start();
  }
  throw configProblem("Cannot start any backend", "Run `deno install` in the project folder");
}

/** The running backend, or null. Backend plugins have the same names as their TensorFlow.js backends. */
export function runningBackend(registry: Registry): Backend | null {
  const name = tf.getBackend();
  return registry.has("backends", name) ? registry.get("backends", name).create({}, { threads: 0 }) : null;
}
