import { join } from "@std/path";
import { z } from "zod";
import {
  byId,
  checkUnique,
  dataProblem,
  defineLayout,
  formatIndices,
  type ImageFiles,
  ImageFolder,
  type LabelRow,
  type Layout,
  openCsv,
  parseIndices,
  pathExists,
  readCsv,
  type Source,
  stemOf,
  type SubmissionFormat,
} from "../../plugin.ts";
import { firstThere, TRAIN_FOLDERS } from "./_usual_names.ts";

const CHANNELS = ["red", "green", "blue", "yellow"];

/** The 28 classes of the Human Protein Atlas image classification challenge, by index. */
const CLASSES = [
  "Nucleoplasm",
  "Nuclear membrane",
  "Nucleoli",
  "Nucleoli fibrillar center",
  "Nuclear speckles",
  "Nuclear bodies",
  "Endoplasmic reticulum",
  "Golgi apparatus",
  "Peroxisomes",
  "Endosomes",
  "Lysosomes",
  "Intermediate filaments",
  "Actin filaments",
  "Focal adhesion sites",
  "Microtubules",
  "Microtubule ends",
  "Cytokinetic bridge",
  "Mitotic spindle",
  "Microtubule organizing center",
  "Centrosome",
  "Lipid droplets",
  "Plasma membrane",
  "Cell junctions",
  "Mitochondria",
  "Aggresome",
  "Cytosol",
  "Cytoplasmic bodies",
  "Rods & rings",
];

const SUBMISSION: Omit<SubmissionFormat, "sample"> = {
  idColumn: "Id",
  predictionColumn: "Predicted",
  format: formatIndices,
  parse: (cell) => parseIndices(cell, { where: "submission", classes: CLASSES.length }),
};

function* idsOf(rows: readonly LabelRow[]): Generator<string> {
  for (const { id } of rows) yield id;
}

/** The Id in the file name of a grayscale channel image (such as `<Id>_green.png`), or null. */
function idOfChannel(name: string): string | null {
  return /^(.*)_(?:red|green|blue|yellow)$/s.exec(stemOf(name))?.[1] ?? null;
}

/**
 * An image whose file paths are resolved lazily, so that a list of a million images holds no paths. Missing channel
 * files are reported on read.
 */
class ListedImage implements ImageFiles {
  readonly #filesOf: (id: string) => string[];

  constructor(readonly id: string, readonly source: Source, filesOf: (id: string) => string[]) {
    this.#filesOf = filesOf;
  }

  get files(): string[] {
    return this.#filesOf(this.id);
  }
}

/** Kaggle's files in upstream's folders: one RGBY file per image, or one grayscale file per channel. */
class HpaLayout implements Layout {
  readonly name = "hpa";
  readonly classes = CLASSES;
  readonly channels = CHANNELS;
  readonly hashChannel = 1;
  readonly target = "class_set";
  readonly submission: SubmissionFormat;
  readonly #stacked: Record<Source, ImageFolder>;
  readonly #single: Record<Source, ImageFolder>;

  constructor(readonly dir: string) {
    this.submission = { ...SUBMISSION, sample: join(dir, "sample_submission.csv") };
    const folders = (kind: string) => ({
      train: new ImageFolder(join(dir, kind, "train")),
      external: new ImageFolder(join(dir, kind, "external")),
      test: new ImageFolder(join(dir, kind, "test")),
    });
    this.#stacked = folders("rgby");
    this.#single = folders("raw");
  }

  async #readFile(name: string, source: Source): Promise<LabelRow[]> {
    const path = join(this.dir, name);
    const { header, rows } = await openCsv(path, {
      columns: ["Id", "Target"],
      next: `Put the competition's ${name} into "${this.dir}"`,
    });
    const [idAt, targetAt] = [header.indexOf("Id"), header.indexOf("Target")];
    const cells = new Map<string, readonly number[]>(), labelled: LabelRow[] = [];
    for (const row of rows) {
      const id = row[idAt]!, target = row[targetAt]!;
      const where = `"${path}", Id "${id}"`;
      // Few cells are distinct; rows with the same cell share one array to save memory.
      const labels = cells.get(target) ?? parseIndices(target, { where, classes: CLASSES.length });
      cells.set(target, labels);
      labelled.push({ id, source, labels });
    }
    checkUnique(idsOf(labelled), path);
    return labelled;
  }

  async readLabels(): Promise<LabelRow[]> {
    let rows = await this.#readFile("train.csv", "train");
    if (await pathExists(join(this.dir, "external.csv"))) {
      rows = rows.concat(await this.#readFile("external.csv", "external"));
      checkUnique(idsOf(rows), `${this.dir}/{train,external}.csv`);
    }
    return rows.sort(byId);
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    const names = await this.#single[source].names();
    const stacked = await this.#stacked[source].names();
    const ids = stacked.map(stemOf).concat(names.map(idOfChannel).filter((id) => id !== null)).sort();
    const [findStacked, findSingle] = [
      await this.#stacked[source].finder(),
      await this.#single[source].finder(),
    ];
    const folder = this.#single[source].path;
    const filesOf = (id: string) => {
      const found = findStacked(id);
      if (found !== null) return [found];
      return CHANNELS.map((name) => findSingle(`${id}_${name}`) ?? join(folder, `${id}_${name}.png`));
    };
    return ids.filter((id, place) => id !== ids[place - 1]).map((id) => new ListedImage(id, source, filesOf));
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    const stacked = await this.#stacked[source].find(id);
    if (stacked !== null) return { id, source, files: [stacked] };
    const found = await Promise.all(CHANNELS.map((name) => this.#single[source].find(`${id}_${name}`)));
    const missing = CHANNELS.filter((_, index) => found[index] === null);
    if (missing.length === 0) return { id, source, files: found as string[] };
    const gray = join(this.#single[source].path, `${id}_{${missing.join(",")}}.png`);
    throw dataProblem(
      `Cannot find the image "${id}": there is neither "${
        this.#stacked[source].path
      }/${id}.png" nor "${gray}"`,
      "Add the image or remove its row",
    );
  }

  async channelFile(id: string, source: Source, channel: number): Promise<string | null> {
    return await this.#single[source].find(`${id}_${CHANNELS[channel]}`);
  }

  async testIds(): Promise<string[]> {
    const path = this.submission.sample!;
    const next = `Put the competition's sample_submission.csv into "${this.dir}"`;
    const ids = (await readCsv(path, { columns: ["Id"], next })).map((row) => row.Id);
    checkUnique(ids, path);
    return ids;
  }

  groupOf(): string | null {
    return null;
  }
}

/** Whether a folder has the competition's CSV files and no images yet: folds need none. */
async function hasFilesAlone(dir: string): Promise<boolean> {
  const [labels, sample] = [join(dir, "train.csv"), join(dir, "sample_submission.csv")];
  if (await firstThere(dir, TRAIN_FOLDERS) !== null) return false;
  if (!(await pathExists(labels)) || !(await pathExists(sample))) return false;
  const headers = await Promise.all([labels, sample].map((path) => openCsv(path, { columns: [], next: "" })));
  return headers.map(({ header }) => header.join()).join(";") === "Id,Target;Id,Predicted";
}

export default defineLayout({
  name: "hpa",
  about:
    "Human Protein Atlas: train.csv, external.csv, sample_submission.csv beside rgby/ or raw/ {train,external,test}",
  rank: 1,
  params: z.strictObject({}),
  detect: async (dir) =>
    await pathExists(join(dir, "rgby", "train")) || await pathExists(join(dir, "raw", "train")) ||
    await hasFilesAlone(dir),
  create: (_params, { dir }) => Promise.resolve(new HpaLayout(dir)),
});
