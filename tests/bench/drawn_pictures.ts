import { join } from "@std/path";
import type { Output } from "../../core/base/output.ts";
import { Grain } from "../../core/demo/canvas.ts";
import { drawCells } from "../../core/demo/draw_cells.ts";
import { pathExists } from "../../core/base/files.ts";
import { encodePng } from "../../core/image/encode.ts";
import type { Example } from "../../core/base/example.ts";
import { Random } from "../../core/base/random.ts";

/** Where the pictures lie. */
export const PICTURE_FOLDER = join("results", "bench", "loader");
const PICTURES = 96;

/** RGBY PNG files of 512 x 512, drawn once. */
export async function drawExamples(output: Output): Promise<Example[]> {
  await Deno.mkdir(PICTURE_FOLDER, { recursive: true });
  const progress = output.progress("drawing pictures", PICTURES);
  const grain = new Grain(new Random(0, "bench", "grain"));
  const examples: Example[] = [];
  for (let i = 0; i < PICTURES; i++) {
    const id = String(i).padStart(3, "0"), path = join(PICTURE_FOLDER, `${id}.png`);
    if (!(await pathExists(path))) {
      const pixels = drawCells({ random: new Random(i, "bench"), grain, size: 512, labels: [i % 8] });
      await Deno.writeFile(path, await encodePng(pixels));
    }
    examples.push({ id, source: "train", files: [path], labels: [0] });
    progress.update(i + 1);
  }
  progress.end();
  return examples;
}
