import type { ImageFiles, LabelRow, Source } from "../base/example.ts";
import type { Picture } from "./pictures.ts";

/** A labelled picture. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly row: LabelRow;
}

/** Labels by source and id: train and test may use the same id for different pictures. */
export class LabelIndex {
  readonly #bySource = new Map<Source, Map<string, number>>();

  constructor(readonly rows: readonly LabelRow[]) {
    for (const [place, row] of rows.entries()) {
      const own = this.#bySource.get(row.source) ?? new Map<string, number>();
      this.#bySource.set(row.source, own.set(row.id, place));
    }
  }

  /** The index in `rows` of a picture's row. */
  placeOf({ source, id }: { readonly source: Source; readonly id: string }): number | undefined {
    return this.#bySource.get(source)?.get(id);
  }

  /** The row of a picture, or undefined where it has no labels. */
  get(picture: { readonly source: Source; readonly id: string }): LabelRow | undefined {
    const place = this.placeOf(picture);
    return place === undefined ? undefined : this.rows[place];
  }
}

/** Pictures with their labels; those without stay out. */
export function labelledPictures(pictures: readonly Picture[], labels: LabelIndex): LabelledPicture[] {
  const labelled: LabelledPicture[] = [];
  for (const picture of pictures) {
    const row = labels.get(picture);
    if (row) labelled.push({ picture, row });
  }
  return labelled;
}

/** How labels and pictures on disk fit together. */
export interface Coverage {
  /** Pictures on disk without labels. */
  readonly unlabelled: readonly string[];
  /** Labelled ids without a picture on disk. */
  readonly missing: readonly string[];
}

/** Compares the labels with the pictures on disk. */
export function measureCoverage(images: readonly ImageFiles[], labels: LabelIndex): Coverage {
  const unlabelled: string[] = [], onDisk = new Uint8Array(labels.rows.length);
  for (const image of images) {
    const place = labels.placeOf(image);
    if (place !== undefined) onDisk[place] = 1;
    else if (image.source !== "test") unlabelled.push(`${image.source}/${image.id}`);
  }
  const missing = labels.rows.filter((_, place) => onDisk[place] === 0);
  return { unlabelled, missing: missing.map(({ source, id }) => `${source}/${id}`) };
}
