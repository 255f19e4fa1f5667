import { z } from "zod";
import { dataProblem, readJsonItems } from "../../plugin.ts";

/** An image entry. */
export interface CocoImage {
  readonly id: string;
  /** Path of the file below the image folder. */
  readonly fileName: string;
  /** Value of the group key, or null. */
  readonly group: string | null;
}

/** What a file of COCO-style labels holds. */
export interface CocoFile {
  readonly path: string;
  readonly images: readonly CocoImage[];
  /** Names by category Id. */
  readonly categories: ReadonlyMap<string, string>;
  /** Category Ids of each annotated image by its Id, each once. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

const id = z.union([z.int(), z.string()]).transform(String);

const imageSchema = z.looseObject({ id: id.optional(), image_id: id.optional(), file_name: z.string() })
  .refine((image) => image.id !== undefined || image.image_id !== undefined, "id is missing");
const annotationSchema = z.looseObject({ image_id: id, category_id: id });
const categorySchema = z.looseObject({ id: id.optional(), category_id: id.optional(), name: id.optional() })
  .refine((category) => category.id !== undefined || category.category_id !== undefined, "id is missing");

/** Collects the entries of one file. */
class Collector {
  readonly images: CocoImage[] = [];
  readonly categories = new Map<string, string>();
  readonly labels = new Map<string, Set<string>>();
  /** Entries of each list so far. */
  readonly counts = new Map<string, number>();

  constructor(readonly path: string, readonly groupKey: string | null) {}

  add(list: string, item: unknown): void {
    const index = this.counts.get(list) ?? 0;
    this.counts.set(list, index + 1);
    try {
      if (list === "images" || list === "") this.#addImage(imageSchema.parse(item));
      else if (list === "annotations") this.#addAnnotation(annotationSchema.parse(item));
      else if (list === "categories") this.#addCategory(categorySchema.parse(item));
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const { path: key, message } = error.issues[0]!;
      throw dataProblem(
        `Cannot read "${this.path}": ${list}[${index}]${
          key.length > 0 ? `.${key.join(".")}` : ""
        }: ${message}`,
        "Correct the entry: images have id and file_name, annotations image_id and category_id, categories id and name",
      );
    }
  }

  #addImage(image: z.output<typeof imageSchema>): void {
    const value = this.groupKey === null ? undefined : image[this.groupKey];
    const group = value === undefined || value === null ? null : String(value);
    this.images.push({ id: image.id ?? image.image_id!, fileName: image.file_name, group });
  }

  #addAnnotation({ image_id, category_id }: z.output<typeof annotationSchema>): void {
    const known = this.labels.get(image_id);
    if (known) known.add(category_id);
    else this.labels.set(image_id, new Set([category_id]));
  }

  #addCategory(category: z.output<typeof categorySchema>): void {
    const own = category.id ?? category.category_id!;
    this.categories.set(own, category.name ?? own);
  }
}

/**
 * Reads a file of COCO-style labels: `images` (or a list of images alone), `annotations`, `categories`. It is read piece by
 * piece; at most 2 GiB are read.
 *
 * @param groupKey key of the image entries that says which images belong together
 */
export function readCocoFile(path: string, groupKey: string | null): CocoFile {
  const next = "Name the file of labels with data.layout_params.labels";
  const collector = new Collector(path, groupKey);
  for (const [list, item] of readJsonItems(path, next)) collector.add(list, item);
  if (collector.images.length === 0) {
    throw dataProblem(`Cannot read "${path}": it has no list "images", or an empty one`, next);
  }
  return collector;
}
