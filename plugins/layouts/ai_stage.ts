import { join } from "@std/path";
import { z } from "zod";
import {
  byId,
  checkUnique,
  dataProblem,
  defineLayout,
  type ImageFiles,
  ImageFolder,
  joinInside,
  type LabelRow,
  type Layout,
  parseIndices,
  pathExists,
  readCsv,
  type Source,
  stemOf,
  type SubmissionFormat,
  suggestName,
} from "../../plugin.ts";

const MASKS = ["wear", "incorrect", "not wear"];
const GENDERS = ["male", "female"];
/** File names of a person's images, with the mask class of each. */
const SHOTS: readonly (readonly [name: string, mask: number])[] = [
  ["incorrect_mask", 1],
  ["mask1", 0],
  ["mask2", 0],
  ["mask3", 0],
  ["mask4", 0],
  ["mask5", 0],
  ["normal", 2],
];

const paramsSchema = z.strictObject({
  age_limits: z.tuple([z.int().min(1), z.int().min(1)]).default([30, 60]).describe(
    "Ages at which the second and the third age class begin",
  ),
});
type Params = z.output<typeof paramsSchema>;

interface Person {
  readonly gender: string;
  readonly age: string;
  readonly path: string;
}

function classNames([middle, old]: readonly [number, number]): string[] {
  const ages = [`below ${middle}`, `${middle} to ${old - 1}`, `${old} and above`];
  return MASKS.flatMap((mask) =>
    GENDERS.flatMap((gender) => ages.map((age) => `${mask}, ${gender}, ${age}`))
  );
}

const SUBMISSION: Omit<SubmissionFormat, "sample"> = {
  idColumn: "ImageID",
  predictionColumn: "ans",
  format: (labels) => String(labels[0] ?? ""),
  parse: (cell) => parseIndices(cell, { where: "submission", classes: 18 }),
};

/** Faces with and without masks, one folder per person; 18 classes = mask * 6 + gender * 3 + age. */
class AiStageLayout implements Layout {
  readonly name = "ai_stage";
  readonly classes: readonly string[];
  readonly channels = ["red", "green", "blue"];
  readonly hashChannel = null;
  readonly target = "class";
  readonly submission: SubmissionFormat;
  readonly #train: ImageFolder;
  readonly #test: ImageFolder;

  constructor(readonly dir: string, readonly params: Params) {
    this.classes = classNames(params.age_limits);
    this.submission = { ...SUBMISSION, sample: join(dir, "eval", "info.csv") };
    this.#train = new ImageFolder(join(dir, "train", "images"));
    this.#test = new ImageFolder(join(dir, "eval", "images"));
  }

  #personClass({ gender, age, path }: Person, file: string): number {
    const where = `"${file}", path "${path}"`;
    const genderIndex = GENDERS.indexOf(gender);
    if (genderIndex < 0) {
      throw dataProblem(`Cannot read the gender "${gender}" (${where}): ${suggestName(gender, GENDERS)}`);
    }
    const years = /^\d+$/.test(age) ? Number(age) : NaN;
    if (Number.isNaN(years)) {
      throw dataProblem(`Cannot read the age "${age}" (${where}): it is no whole number`);
    }
    const [middle, old] = this.params.age_limits;
    return genderIndex * 3 + (years < middle ? 0 : years < old ? 1 : 2);
  }

  async #labelFile(): Promise<string> {
    const inside = join(this.dir, "train", "train.csv");
    return await pathExists(inside) ? inside : join(this.dir, "train.csv");
  }

  async readLabels(): Promise<LabelRow[]> {
    const file = await this.#labelFile();
    const people = await readCsv(file, {
      columns: ["gender", "age", "path"],
      next: `Put the competition's train.csv into "${join(this.dir, "train")}"`,
    });
    checkUnique(people.map((person) => person.path), file);
    const rows = people.flatMap((person) => {
      joinInside(this.#train.path, person.path);
      const base = this.#personClass(person, file);
      return SHOTS.map(([shot, mask]): LabelRow => (
        { id: `${person.path}/${shot}`, source: "train", labels: [mask * 6 + base] }
      ));
    });
    return rows.sort(byId);
  }

  async #listTrain(): Promise<ImageFiles[]> {
    const found: ImageFiles[] = [];
    if (!(await pathExists(this.#train.path))) return found;
    for await (const entry of Deno.readDir(this.#train.path)) {
      if (!entry.isDirectory || entry.name.startsWith(".")) continue;
      const folder = new ImageFolder(join(this.#train.path, entry.name));
      for (const name of await folder.names()) {
        const id = `${entry.name}/${stemOf(name)}`;
        found.push({ id, source: "train", files: [join(folder.path, name)] });
      }
    }
    return found.sort(byId);
  }

  async listImages(source: Source): Promise<ImageFiles[]> {
    if (source === "external") return [];
    if (source === "train") return await this.#listTrain();
    return (await this.#test.names()).map((id) => ({ id, source, files: [join(this.#test.path, id)] }));
  }

  async filesOf(id: string, source: Source): Promise<ImageFiles> {
    const folder = source === "test" ? this.#test : this.#train;
    return { id, source, files: [await folder.need(id)] };
  }

  async testIds(): Promise<string[]> {
    const path = this.submission.sample!;
    const next = `Put the competition's info.csv into "${join(this.dir, "eval")}"`;
    const ids = (await readCsv(path, { columns: ["ImageID"], next })).map((row) => row.ImageID);
    checkUnique(ids, path);
    return ids;
  }

  groupOf(id: string): string | null {
    const slash = id.indexOf("/");
    return slash < 0 ? null : id.slice(0, slash);
  }
}

export default defineLayout({
  name: "ai_stage",
  about:
    "AI Stage mask classification: train/images/<person>/{mask1-5,incorrect_mask,normal}, train/train.csv, eval/",
  rank: 2,
  params: paramsSchema,
  detect: async (dir) => await pathExists(join(dir, "train", "images")),
  create: (params, { dir }) => Promise.resolve(new AiStageLayout(dir, params)),
});
