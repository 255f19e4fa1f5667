import { Problem } from "../base/problem.ts";
import type { Plugin } from "../plugin/define.ts";
import type { Registry } from "../plugin/registry.ts";
import type { Finding } from "./finding.ts";

/** What became of starting each backend. */
export interface BackendFindings {
  readonly findings: readonly Finding[];
  /** The backend that `backend: auto` takes; null when none starts, and auto ends with an error. */
  readonly automatic: string | null;
}

/** Backends as `auto` tries them, then those that it passes over. */
function byRank(registry: Registry): Plugin<"backends">[] {
  return registry.list("backends").sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity));
}

/** Why `auto` passes a backend over, null when it takes it. */
async function passedOver(plugin: Plugin<"backends">): Promise<string | null> {
  if (plugin.rank === null) return "it is for those who name it";
  return await plugin.create({}, { threads: 0, automatic: true }).unavailable();
}

/** Starts one backend, as a training that names it would. */
async function start(plugin: Plugin<"backends">): Promise<Finding> {
  const backend = plugin.create({}, { threads: 0 });
  const reason = await backend.unavailable();
  if (reason !== null) return { subject: plugin.name, state: "absent", text: reason };
  return { subject: plugin.name, state: "good", text: await backend.start() };
}

function failure(subject: string, error: unknown): Finding {
  if (error instanceof Deno.errors.NotCapable) {
    return { subject, state: "bad", text: error.message, next: "Run it as `deno task doctor`" };
  }
  const text = error instanceof Error ? error.message : String(error);
  const next = error instanceof Problem && error.next ? error.next : "Name another backend in the config";
  return { subject, state: "bad", text, next };
}

/** What `backend: auto` makes of a backend, where that is not plain from the order. */
function noteOn(found: Finding, { chosen, refusal }: { chosen: boolean; refusal: string | null }): string {
  if (chosen) return ". `backend: auto` takes it";
  return found.state === "good" && refusal !== null ? `. \`backend: auto\` does not take it: ${refusal}` : "";
}

/**
 * Starts every backend in the order in which `auto` tries them, which is also the order in which their libraries bear
 * each other in one process. None is stopped: the process is to end afterwards.
 */
export async function examineBackends(registry: Registry): Promise<BackendFindings> {
  const findings: Finding[] = [];
  let choice: Finding | null = null;
  for (const plugin of byRank(registry)) {
    try {
      const refusal = await passedOver(plugin);
      const found = await start(plugin);
      if (choice === null && refusal === null) choice = found;
      findings.push({ ...found, text: found.text + noteOn(found, { chosen: choice === found, refusal }) });
    } catch (error) {
      const found = failure(plugin.name, error);
      choice ??= found;
      findings.push(found);
    }
  }
  return { findings, automatic: choice?.state === "good" ? choice.subject : null };
}
