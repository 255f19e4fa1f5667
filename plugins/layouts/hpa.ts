import { join } from "@std/path";
import { z } from "zod";
import type { ImageFiles, LabelRow, Layout, Source, SubmissionFormat } from "../../core/plugin/contracts.ts";
import { defineLayout } from "../../core/plugin/define.ts";
import { pathExists } from "../../core/files.ts";
import { dataProblem } from "../../core/problem.ts";
import { ImageFolder, stemOf } from "../../core/table/image_folder.ts";
import { readCsv } from "../../core/table/csv.ts";
import { byId, checkUnique, formatIndices, parseIndices } from "../../core/table/labels.ts";

const CHANNELS = ["red", "green", "blue", "yellow"];

/** The 28 classes of the Human Protein Atlas image classification challenge, in the order of their indices. */
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

const SUBMISSION: SubmissionFormat = {
  idColumn: "Id",
  predictionColumn: "Predicted",
  format: formatIndices,
  parse: (cell) => parseIndices(cell, { where: "submission", classes: CLASSES.length }),
};

/** Kaggle's file set beside upstream's folders: one RGBY file a picture, or one gray file a channel. */
class HpaLayout implements Layout {
  readonly name = "hpa";
  readonly classes = CLASSES;
  readonly channels = CHANNELS;
  readonly hashChannel = 1;
  readonly multiLabel = true;
  readonly submission = SUBMISSION;
  readonly #stacked: Record<Source, ImageFolder>;
  readonly #single: Record<Source, ImageFolder>;

  constructor(readonly dir: string) {
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
    const rows = await readCsv(path, {
      columns: ["Id", "Target"],
      next: `Put the competition's ${name} into "${this.dir}"`,
    });
    checkUnique(rows.map((row) => row.Id), path);
    return rows.map(({ Id: id, Target: target }) => ({
      id,
      source,
      labels: parseIndices(target, { where: `"${path}", Id "${id}"`, classes: CLASSES.length }),
    }));
  }

  async readLabels(): Promise<LabelRow[]> {
    const rows = await this.#readFile("train.csv", "train");
    if (await pathExists(join(this.dir, "external.csv"))) {
      rows.push(...await this.#readFile("external.csv", "external"));
      checkUnique(rows.map((row) => row.id), `${this.dir}/{train,external}.csv`);
    }
    return rows.sort(byId);
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    const stacked = (await this.#stacked[source].names()).map(stemOf);
    const single = (await this.#single[source].names()).map(stemOf).filter((stem) =>
      /_(red|green|blue|yellow)$/.test(stem)
    )
      .map((stem) => stem.slice(0, stem.lastIndexOf("_")));
    const ids = [...new Set([...stacked, ...single])].sort();
    return await Promise.all(
      ids.map(async (id) => ({ id, source, files: await this.#expected(id, source) })),
    );
  }

  /** Where the picture's files are, or would be: an incomplete set of four is told by whoever reads it. */
  async #expected(id: string, source: Source): Promise<string[]> {
    const stacked = await this.#stacked[source].find(id);
    if (stacked !== null) return [stacked];
    const folder = this.#single[source];
    return await Promise.all(
      CHANNELS.map(async (name) =>
        await folder.find(`${id}_${name}`) ?? join(folder.path, `${id}_${name}.png`)
      ),
    );
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
    const path = join(this.dir, "sample_submission.csv");
    const next = `Put the competition's sample_submission.csv into "${this.dir}"`;
    const ids = (await readCsv(path, { columns: ["Id"], next })).map((row) => row.Id);
    checkUnique(ids, path);
    return ids;
  }

  groupOf(): string | null {
    return null;
  }
}

export default defineLayout({
  name: "hpa",
  about:
    "Human Protein Atlas: train.csv, external.csv, sample_submission.csv beside rgby/ or raw/ {train,external,test}",
  rank: 1,
  params: z.strictObject({}),
  detect: async (dir) =>
    await pathExists(join(dir, "rgby", "train")) || await pathExists(join(dir, "raw", "train")),
  create: (_params, { dir }) => Promise.resolve(new HpaLayout(dir)),
});
