import { join } from "@std/path";
import { runTask, type Task } from "../../core/cli/task.ts";
import { writeFileAtomic } from "../../core/base/files.ts";
import { configProblem, suggestName } from "../../core/base/problem.ts";
import { processorFeatures } from "../../core/machine/processor.ts";
import { type Bench, benchFlags } from "./options.ts";

/** Benchmarks in the order of the help; each is a file of this folder with an export `bench`. */
const BENCHES: readonly string[] = [
  "train",
  "inference",
  "ops",
  "memory",
  "precision",
  "loader",
  "hygiene",
  "duplicates",
  "thresholds",
  "label_issues",
  "report_page",
  "nested",
  "ensemble",
  "soft_targets",
  "scale",
];

async function loadBench(name: string): Promise<Bench> {
  if (!BENCHES.includes(name)) {
    throw configProblem(`Cannot run the benchmark "${name}": ${suggestName(name, BENCHES)}`);
  }
  const module = await import(`./${name}.ts`) as { bench: Bench };
  return module.bench;
}

/** Measures Podium, and PyTorch beside it where it is installed. */
export const task: Task<typeof benchFlags> = {
  name: "bench",
  about: "Measure training, inference, operations, the image loader and the search for duplicates.",
  examples: ["deno task bench train", "deno task bench ops --backends tensorflow,wasm --rounds 3"],
  positionals: `[${BENCHES.join("|")}]...`,
  flags: benchFlags,
  async run({ flags, positionals, output }) {
    const names = positionals.length === 0 ? BENCHES : positionals;
    const benches = await Promise.all(names.map(loadBench));
    const documents: Record<string, unknown> = {};
    const { model, cores, bfloat16 } = processorFeatures();
    output.line(`${model}, ${cores} cores, bfloat16 units: ${bfloat16}`);
    for (const [index, name] of names.entries()) {
      documents[name] = await benches[index]!(flags, output);
      const document = { name, processor: { model, cores, bfloat16 }, results: documents[name] };
      await writeFileAtomic(
        join("results", "bench", `${name}.json`),
        JSON.stringify(document, null, 2) + "\n",
      );
    }
    return documents;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
