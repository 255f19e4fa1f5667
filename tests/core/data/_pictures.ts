import { join } from "@std/path";
import { encodePng } from "../../../core/image/encode.ts";
import type { Example } from "../../../core/base/example.ts";
import type { Pixels } from "../../../core/base/pixels.ts";
import { Random } from "../../../core/base/random.ts";

/** A picture of random bytes. */
export function randomPixels(
  seed: number,
  shape: { height: number; width: number; channels: number },
): Pixels {
  const random = new Random(seed, "pixels");
  const data = new Uint8Array(shape.height * shape.width * shape.channels).map(() => random.integer(0, 255));
  return { data, ...shape };
}

/** Writes small four-channel pictures into a folder and describes them. */
export async function writeExamples(folder: string, count: number): Promise<Example[]> {
  const examples: Example[] = [];
  for (let i = 0; i < count; i++) {
    const id = `image_${String(i).padStart(3, "0")}`;
    const path = join(folder, `${id}.png`);
    const pixels = randomPixels(i, { height: 20 + i % 3, width: 20 + i % 5, channels: 4 });
    await Deno.writeFile(path, await encodePng(pixels));
    examples.push({ id, source: "train", files: [path], labels: [i % 3] });
  }
  return examples;
}
