import type { ImageFiles, LabelRow, Source } from "../base/example.ts";
import { byId } from "../layout/labels.ts";
import type { Picture } from "./pictures.ts";

/** A labelled picture. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly row: LabelRow;
}

/** Labels by source and id: train and test may use the same id for different pictures. */
export class LabelIndex {
  /** Sorted by id, so that a place is found by halving; a map would take 50 bytes a row. */
  readonly rows: readonly LabelRow[];

  constructor(rows: readonly LabelRow[]) {
    this.rows = [...rows].sort(byId);
  }

  /** The index in `rows` of a picture's row. */
  placeOf({ source, id }: { readonly source: Source; readonly id: string }): number | undefined {
    let low = 0, high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    for (; this.rows[low]?.id === id; low++) if (this.rows[low]!.source === source) return low;
    return undefined;
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
