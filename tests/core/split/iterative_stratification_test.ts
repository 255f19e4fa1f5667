import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../../core/base/mersenne_twister.ts";
import { iterativeStratification } from "../../../core/split/iterative_stratification.ts";

interface Golden {
  readonly matrix: number;
  readonly folds: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly digest: string;
}

const GOLDENS = new URL("../../golden/iterative_stratification.json", import.meta.url);

/** The matrix of a number, as the script that made the goldens makes it. */
function makeMatrix(number: number): { rows: number[][]; classes: number } {
  const twister = new MersenneTwister(number);
  const classes = 2 + ((number * 7) % 27);
  const rows = Array.from({ length: 20 + number * 23 }, () => {
    const labels: number[] = [];
    for (let label = 0; label < classes; label++) {
      const threshold = 2000 + Math.floor((20000 * label * label) / (classes * classes));
      if ((twister.word() & 0xffff) < threshold) labels.push(label);
    }
    return labels;
  });
  return { rows, classes };
}

function digest(folds: Int32Array): string {
  return createHash("sha256").update(folds.join(",")).digest("hex").slice(0, 16);
}

Deno.test("folds equal the Python package's on 24 matrices, 5 seeds, shuffled or not", async () => {
  const goldens: Golden[] = JSON.parse(await Deno.readTextFile(GOLDENS));
  assertEquals(goldens.length, 240);
  for (const { matrix, folds, seed, shuffle, digest: expected } of goldens) {
    const { rows, classes } = makeMatrix(matrix);
    const found = iterativeStratification(rows, { classes, folds, seed, shuffle });
    assertEquals(digest(found), expected, `matrix ${matrix}, seed ${seed}, shuffle ${shuffle}`);
  }
});
