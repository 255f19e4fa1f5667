import type { WantedPredictions } from "./predictions_wanted.ts";
import { shellWord } from "./launcher.ts";

/** What a bundle's notebook does. */
export interface NotebookPlan {
  readonly predictions: readonly WantedPredictions[];
  /** The submission's config and the file that it writes; null for predictions alone. */
  readonly submission: { readonly config: string; readonly output: string } | null;
}

interface Cell {
  readonly kind: "markdown" | "code";
  readonly lines: readonly string[];
}

const PLACES: readonly Cell[] = [
  {
    kind: "markdown",
    lines: [
      "# Predictions without internet",
      "",
      "Upload the bundle as a data set, add it and the competition to this notebook, switch the internet off. Then set",
      "the places below: `BUNDLE` is the folder that holds this notebook (or the bundle's `.tar`), `DATA` that of the",
      "competition's files, laid out as in `data.dir`. `WORK` is filled, `RESULTS` gets the result.",
    ],
  },
  {
    kind: "code",
    lines: [
      "%env BUNDLE=/kaggle/input/podium-bundle",
      "%env DATA=/kaggle/input/competition",
      "%env WORK=/tmp/podium",
      "%env RESULTS=/kaggle/working",
    ],
  },
  {
    kind: "code",
    lines: [
      '!mkdir -p "$WORK" "$RESULTS"',
      '!if [ -f "$BUNDLE" ]; then tar -xf "$BUNDLE" -C "$WORK"; else cp -r "$BUNDLE"/. "$WORK"; fi',
      '!sh "$WORK/unpack.sh" "$DATA"',
    ],
  },
];

function command(words: readonly string[]): string {
  return `!sh "$WORK/podium" ${words.map(shellWord).join(" ")}`;
}

function predictionCell({ config, checkpoint, output, flags }: WantedPredictions): Cell {
  const named = [`--checkpoint=${checkpoint}`, "--split=test", ...flags, `--output=${output}`];
  return { kind: "code", lines: [command(["inference", config, ...named])] };
}

function resultCell({ predictions, submission }: NotebookPlan): Cell {
  if (submission === null) {
    const lines = predictions.map(({ output }) => `!cp "$WORK"/${shellWord(output)} "$RESULTS"`);
    return { kind: "code", lines };
  }
  const lines = [
    command(["make_submission", submission.config]),
    `!cp "$WORK"/${shellWord(submission.output)} "$RESULTS/submission.csv"`,
  ];
  return { kind: "code", lines };
}

function cellJson({ kind, lines }: Cell): unknown {
  const source = lines.map((line, i) => i === lines.length - 1 ? line : `${line}\n`);
  const common = { cell_type: kind, metadata: {}, source };
  return kind === "markdown" ? common : { ...common, execution_count: null, outputs: [] };
}

/**
 * A Jupyter notebook of shell commands that makes predictions and a submission with the files of a bundle: `%env` lines
 * say where things lie, `!` lines do the rest in Python's kernel, since hosts have none of Deno.
 *
 * @returns JSON of nbformat 4.4
 */
export function bundleNotebook(plan: NotebookPlan): string {
  const cells = [...PLACES, ...plan.predictions.map(predictionCell), resultCell(plan)];
  const kernel = { display_name: "Python 3", language: "python", name: "python3" };
  const metadata = { kernelspec: kernel, language_info: { name: "python" } };
  const notebook = { cells: cells.map(cellJson), metadata, nbformat: 4, nbformat_minor: 4 };
  return JSON.stringify(notebook, null, 1) + "\n";
}
