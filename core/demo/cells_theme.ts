import { Random } from "../base/random.ts";
import { csvText } from "../formats/csv.ts";
import { formatIndices } from "../layout/labels.ts";
import { drawCells } from "./draw_cells.ts";
import { Grain } from "./canvas.ts";
import { drawLabels } from "./patterns.ts";
import type { Sketch } from "./plan_demo.ts";
import type { DemoSize, Theme } from "./theme.ts";

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => random.integer(0, 15).toString(16)).join("");
}

/** An Id like the official ones: `770126a4-bbc6-11e8-b2bc-ac1f6b6435d0`. */
function officialId(random: Random): string {
  return `${hex(random, 8)}-bbc6-11e8-${hex(random, 4)}-ac1f6b6435d0`;
}

/** An Id like those of the public atlas: antibody, plate, well, image. */
function atlasId(random: Random, index: number): string {
  return `${10000 + index}_${random.integer(100, 999)}_${"ABCDEFGH"[random.integer(0, 7)]}${
    random.integer(1, 12)
  }_1`;
}

function sketchCells({ train, external, test, seed }: DemoSize): Sketch[] {
  const counts = { train, external, test };
  return (["train", "external", "test"] as const).flatMap((source) =>
    Array.from({ length: counts[source] }, (_, index): Sketch => {
      const random = new Random(seed, "demo", source, index);
      const id = source === "external" ? atlasId(random, index) : officialId(random);
      const labels = drawLabels(random);
      return { id, source, path: `rgby/${source}/${id}.png`, labels, shown: labels };
    })
  );
}

function labelTable(sketches: readonly Sketch[]): string {
  return csvText(["Id", "Target"], sketches.map(({ id, labels }) => [id, formatIndices(labels)]));
}

/** A small Human Protein Atlas challenge: synthetic four-channel fluorescence images of cells. */
export function cellsTheme({ size, seed }: DemoSize): Theme {
  const grain = new Grain(new Random(seed, "demo", "grain"));
  return {
    layout: "hpa",
    sketch: sketchCells,
    drawLabels,
    draw: (sketch, random) => drawCells({ random, grain, size, labels: sketch.shown }),
    tables: (sketches) => {
      const of = (source: string) => sketches.filter((sketch) => sketch.source === source);
      const sample = csvText(["Id", "Predicted"], of("test").map(({ id }) => [id, "0"]));
      return [
        { path: "train.csv", text: labelTable(of("train")) },
        { path: "external.csv", text: labelTable(of("external")) },
        { path: "sample_submission.csv", text: sample },
      ];
    },
  };
}
