import { assertEquals } from "@std/assert";
import { z } from "zod";
import { configProblem } from "../../../core/base/problem.ts";
import { examineBackends } from "../../../core/doctor/examine_backends.ts";
import { defineBackend } from "../../../core/plugin/define.ts";
import { Registry } from "../../../core/plugin/registry.ts";

/** How a backend of the tests behaves. */
interface Behaviour {
  readonly rank: number | null;
  /** Why it cannot start. */
  readonly unavailable?: string;
  /** Why `auto` passes it over. */
  readonly refusal?: string;
  /** What its start ends with. */
  readonly fails?: string;
}

function registryOf(behaviours: Readonly<Record<string, Behaviour>>): Registry {
  const registry = new Registry();
  for (const [name, { rank, unavailable, refusal, fails }] of Object.entries(behaviours)) {
    const plugin = defineBackend({
      name,
      about: "A backend of a test",
      params: z.strictObject({}),
      rank,
      create: (_params, { automatic }) => ({
        unavailable: () => Promise.resolve(unavailable ?? (automatic ? refusal ?? null : null)),
        start: () =>
          fails ? Promise.reject(configProblem(fails, "Mend it")) : Promise.resolve(`${name} runs`),
      }),
    });
    registry.add(plugin, `${name}.ts`);
  }
  return registry;
}

/** Subject and state of each finding, and what auto takes. */
async function examined(behaviours: Readonly<Record<string, Behaviour>>) {
  const { findings, automatic } = await examineBackends(registryOf(behaviours));
  return { states: findings.map(({ subject, state }) => `${subject} ${state}`), automatic, findings };
}

Deno.test("auto takes the first backend that neither lacks something nor is passed over", async () => {
  const { states, automatic, findings } = await examined({
    reference: { rank: null },
    third: { rank: 3 },
    first: { rank: 1, unavailable: "no library" },
    second: { rank: 2, refusal: "it is software" },
  });
  assertEquals(states, ["first absent", "second good", "third good", "reference good"]);
  assertEquals(automatic, "third");
  assertEquals(findings.map(({ text }) => text), [
    "no library",
    "second runs. `backend: auto` does not take it: it is software",
    "third runs. `backend: auto` takes it",
    "reference runs. `backend: auto` does not take it: it is for those who name it",
  ]);
});

Deno.test("a backend that auto takes and that fails to start leaves auto without one", async () => {
  const { states, automatic, findings } = await examined({
    first: { rank: 1, fails: "cut" },
    second: { rank: 2 },
  });
  assertEquals([states, automatic], [["first bad", "second good"], null]);
  assertEquals(findings[0], { subject: "first", state: "bad", text: "cut", next: "Mend it" });
});
