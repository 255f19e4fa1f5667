import type { Registry } from "../plugin/registry.ts";
import { examineBackends } from "./examine_backends.ts";
import { examineMachine } from "./examine_machine.ts";
import { examineSandbox } from "./examine_sandbox.ts";
import { examineTensorflow } from "./examine_tensorflow.ts";
import type { Finding } from "./finding.ts";

/** What a machine has for Podium, and what it lacks. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** The backend that `backend: auto` takes; null when it ends with an error. */
  readonly automatic: string | null;
}

/** Looks at Deno, the machine, TensorFlow, and starts every backend; the process is to end afterwards. */
export async function examine(registry: Registry): Promise<Examination> {
  const sandbox = await examineSandbox();
  const { findings, automatic } = await examineBackends(registry);
  return {
    findings: [...sandbox, ...examineMachine(), ...await examineTensorflow(), ...findings],
    automatic,
  };
}
