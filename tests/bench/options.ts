import { z } from "zod";
import type { Output } from "../../core/base/output.ts";

const list = z.string().transform((text) =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "")
);

/** Flags of the benchmark task, given to every benchmark. */
export const benchFlags = z.strictObject({
  rounds: z.coerce.number().int().min(1).default(7).describe("Turns each contestant gets"),
  backends: list.default(["tensorflow", "wasm", "torch"]).describe(
    "Who runs: backends, and torch where it is installed",
  ),
  threads: list.pipe(z.array(z.coerce.number<string>().int().min(0))).default([1, 2]).describe(
    "Thread counts to try",
  ),
  python: z.string().optional().describe("The Python whose torch is the peer; without it python3's"),
  compile: z.boolean().default(true).describe("Let torch also run compiled by torch.compile"),
  model: z.string().optional().describe("One model instead of the usual ones (train, inference)"),
  size: z.coerce.number().int().min(32).optional().describe("Side of its pictures in pixels"),
  batch: z.coerce.number().int().min(1).default(16).describe("Pictures in a batch"),
});

/** Values of the flags. */
export type BenchOptions = z.output<typeof benchFlags>;

/** A benchmark: measures, prints its table, and returns what goes to results/bench/<name>.json. */
export type Bench = (options: BenchOptions, output: Output) => Promise<unknown>;
