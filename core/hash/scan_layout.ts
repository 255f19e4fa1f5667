import type { ImageFiles, Layout, Source } from "../plugin/contracts.ts";
import type { Output } from "../cli/output.ts";
import { dataProblem } from "../problem.ts";
import type { NamedHash } from "./record.ts";
import { type Scan, scanImages } from "./scan.ts";

/** What of a layout is scanned. */
export interface ScanLayoutOptions {
  readonly sources: readonly Source[];
  readonly hashes: readonly NamedHash[];
  readonly output: Output;
  readonly maxPixels?: number;
}

/** A scan with the list of pictures it went over. */
export interface LayoutScan extends Scan {
  readonly images: readonly ImageFiles[];
}

/** Hashes the pictures of a layout: its hash channel, or the whole picture as gray when it names none. */
export async function scanLayout(layout: Layout, options: ScanLayoutOptions): Promise<LayoutScan> {
  const images: ImageFiles[] = [];
  for (const source of options.sources) {
    for (const image of await layout.listImages(source)) images.push(image);
  }
  if (images.length === 0) {
    throw dataProblem(
      `Cannot scan "${layout.dir}": the layout ${layout.name} finds no image there (${
        options.sources.join(", ")
      })`,
      "Put the images where the layout expects them, or name another layout with --layout",
    );
  }
  const progress = options.output.progress("hashing images", images.length);
  const scan = await scanImages(images, {
    hashes: options.hashes,
    channels: [layout.hashChannel],
    ...(options.maxPixels === undefined ? {} : { maxPixels: options.maxPixels }),
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  return { ...scan, images };
}
