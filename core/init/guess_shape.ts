import type { Layout } from "../plugin/contracts.ts";
import { readSample } from "../submit/sample.ts";
import { chooseShape } from "../submit/shapes/choose_shape.ts";
import type { ShapeFacts, ShapeName } from "../submit/shapes/shape.ts";

/** What a submission must look like. */
export interface ShapeGuess {
  readonly shape: ShapeName;
  readonly header: readonly string[];
  /** Classes of a ranked answer; null for another shape. */
  readonly ranked: number | null;
  /** Whether the columns of a row sum to 1. */
  readonly rowSum: boolean;
  readonly reason: string;
}

/** Words in the longest cell of a sample. */
function mostWords(cells: readonly (readonly string[])[]): number {
  return Math.max(0, ...cells.map(([cell]) => cell!.split(/[\s;|]+/).filter((word) => word !== "").length));
}

/** Whether a cell may be a probability. */
function isShare(cell: string): boolean {
  return cell.trim() !== "" && Number(cell) >= 0 && Number(cell) <= 1;
}

/**
 * The shape that the sample submission and the target tell. A single answer of two classes may be a class or a
 * probability; samples of both hold zeros, and far more competitions ask for a probability.
 */
export async function guessShape(layout: Layout): Promise<ShapeGuess> {
  const sample = await readSample(layout), { columns, cells } = sample;
  const { classes, target, submission } = layout;
  const settings = { positive: null, ranked: null, row_sum: null };
  const facts: ShapeFacts = { classes, target, submission, columns, cells, settings };
  const shares = cells.every(([cell]) => isShare(cell!));
  const binary = target === "class" && classes.length === 2 && columns.length === 1 && shares;
  const request = {
    wanted: "auto",
    sample: sample.path,
    probabilityMetric: binary ? "roc_auc" : null,
  } as const;
  const { shape, reason } = chooseShape(facts, request);
  return {
    shape: shape.name,
    header: sample.header ?? [sample.idColumn, ...shape.columns],
    ranked: shape.name === "ranked" ? mostWords(cells) : null,
    rowSum: shape.sumsToOne === true,
    reason,
  };
}
