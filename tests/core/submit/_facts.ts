import type { ShapeFacts } from "../../../core/submit/shapes/shape.ts";

const SETTINGS = { positive: null, ranked: null, row_sum: null };

/** Facts for a shape: three classes that exclude each other and no sample, but for what is given. */
export function factsOf(
  change: Partial<Omit<ShapeFacts, "submission" | "settings">> & {
    readonly separator?: string;
    readonly settings?: Partial<ShapeFacts["settings"]>;
  } = {},
): ShapeFacts {
  const { separator = " ", settings, ...given } = change;
  const { classes = ["cat", "dog", "owl"] } = given;
  return {
    classes,
    target: "class",
    columns: [],
    cells: [],
    submission: {
      sample: null,
      idColumn: "Id",
      predictionColumn: "Answer",
      format: (labels) => labels.map((label) => classes[label]!).join(separator),
      parse: (cell) => cell.split(separator).map((word) => classes.indexOf(word)),
    },
    settings: { ...SETTINGS, ...settings },
    ...given,
  };
}
