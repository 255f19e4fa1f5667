import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/yaml";
import { inFolder } from "../_in_folder.ts";
import { needing } from "../_needing.ts";

const EXAMPLE = join(import.meta.dirname!, "..", "..", "examples", "kubernetes", "worker.yaml");
const SCRIPT = join(import.meta.dirname!, "validate_kubernetes.py");

async function run(
  python: string,
  ...args: string[]
): Promise<{ readonly success: boolean; readonly text: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
    return { success, text: new TextDecoder().decode(success ? stdout : stderr) };
  } catch {
    return { success: false, text: "" };
  }
}

/** The first Python that has a client with strict models: $PODIUM_PYTHON, python3; null when there is none. */
async function findClient(): Promise<string | null> {
  const check = "import kubernetes.client as c; c.V1Job.model_validate; import yaml";
  for (const python of [Deno.env.get("PODIUM_PYTHON"), "python3"]) {
    if (python !== undefined && (await run(python, "-c", check)).success) return python;
  }
  return null;
}

/** What the test looks at; the rest is compared with the API. */
interface Job {
  readonly spec: {
    readonly completionMode: string;
    readonly podFailurePolicy: { readonly rules: readonly unknown[] };
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly { readonly name: string }[];
      };
    };
  };
}

const python = await findClient();

Deno.test({
  ...needing(
    "the Kubernetes Job fits the published API, and what does not fit is found",
    python === null ? "no Python with kubernetes 37 or later" : null,
  ),
  fn: () =>
    inFolder(async (folder) => {
      const { success, text } = await run(python!, SCRIPT, EXAMPLE);
      assert(success, text);
      const manifest = await Deno.readTextFile(EXAMPLE), wrong = join(folder, "wrong.yaml");
      for (
        const [right, other] of [
          ["backoffLimitPerIndex", "backoffLimitPerIndices"],
          ["completions: 10", "completions: ten"],
          ["          operator: In\n", ""],
        ] as const
      ) {
        assert(manifest.includes(right));
        await Deno.writeTextFile(wrong, manifest.replace(right, other));
        assertEquals((await run(python!, SCRIPT, wrong)).success, false, other);
      }
    }),
});

Deno.test("the Kubernetes Job fails a unit at once on wrong configs and data, and never on a lost node", async () => {
  const { spec } = parse(await Deno.readTextFile(EXAMPLE)) as Job;
  assertEquals(spec.podFailurePolicy.rules, [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "Ignore", onExitCodes: { containerName: "worker", operator: "In", values: [130] } },
    { action: "FailIndex", onExitCodes: { containerName: "worker", operator: "In", values: [2, 3] } },
  ]);
  assertEquals(spec.template.spec.containers.map(({ name }) => name), ["worker"]);
  // A failure policy needs it, and a count for each index an Indexed Job.
  assertEquals([spec.template.spec.restartPolicy, spec.completionMode], ["Never", "Indexed"]);
});
