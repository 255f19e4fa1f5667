import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { findDuplicates } from "../../../core/duplicates/find_duplicates.ts";
import { findLeaks } from "../../../core/duplicates/find_leaks.ts";
import { readCsv } from "../../../core/formats/csv.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { splitExamples, testExamples } from "../../../core/layout/examples.ts";
import { openLayout } from "../../../core/layout/open_layout.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { splitFolds } from "../../../core/split/split_folds.ts";
import { drawPicture } from "../../core/scan/_pictures.ts";
import { inFolder } from "../../_in_folder.ts";

/** Two classes whose names need care in CSV files and in lists of Ids. */
const CLASSES = ['St. John\'s, "wort"', "red oak"];
const PICTURES = 12;

/** A competition of drawn pictures: its label files, and the picture of each drawing by number. */
interface Competition {
  readonly texts: Readonly<Record<string, string>>;
  /** Path of a labelled picture's file. */
  train(number: number): string;
  /** Path of a test picture's file; test picture 0 is labelled picture 3. */
  test(number: number): string;
}

const numbers = Array.from({ length: PICTURES }, (_, number) => number);
const classOf = (number: number) => number % 2;

const COMPETITIONS: Record<string, Competition> = {
  image_folder: {
    texts: { "sample_submission.csv": "id,label\nt0.png,red oak\nt1.png,red oak\n" },
    train: (number) => `train/${CLASSES[classOf(number)]}/${number}.png`,
    test: (number) => `test/t${number}.png`,
  },
  coco: {
    texts: {
      "train.json": JSON.stringify({
        images: numbers.map((id) => ({ id, file_name: `all/${id}.png` })),
        annotations: numbers.map((id) => ({ image_id: id, category_id: classOf(id) + 5 })),
        categories: CLASSES.map((name, index) => ({ id: index + 5, name })),
      }),
      "sample_submission.csv": "Id,Category\nt0,5\nt1,5\n",
    },
    train: (number) => `train/all/${number}.png`,
    test: (number) => `test/t${number}.png`,
  },
  csv_folder: {
    texts: {
      "train.csv": `id,y\n${[0, 1, 2, 3, 4, 5].map((id) => `p${id},${classOf(id)}\n`).join("")}`,
      "sample_submission.csv": "id,y\nq0,0.5\nq1,0.5\n",
    },
    train: (number) => `train/p${number % 6}/${number}.png`,
    test: (number) => `test/q${number}/only.png`,
  },
};

async function writeCompetition(dir: string, { texts, train, test }: Competition): Promise<void> {
  const draw = async (path: string, number: number) => {
    await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
    await Deno.writeFile(join(dir, path), await encodePng(drawPicture(number)));
  };
  for (const number of numbers) await draw(train(number), number);
  for (const [place, number] of [3, 40].entries()) await draw(test(place), number);
  for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(join(dir, name), text);
}

for (const [name, competition] of Object.entries(COMPETITIONS)) {
  Deno.test(`${name} goes through duplicates, leaks and splits to examples with their files`, () =>
    inFolder(async (dataDir) => {
      await writeCompetition(dataDir, competition);
      const layout = await openLayout(await loadPlugins([], ["layouts"]), dataDir);
      assertEquals(layout.name, name);
      await findDuplicates({ dataDir, cache: false, gallery: false });
      await findLeaks({ dataDir, cache: false, gallery: false });
      const leaks = await readCsv(join(dataDir, "data_leak.phash.csv"), {
        columns: ["Id", "Target"],
        next: "",
      });
      assertEquals(leaks.map(({ Id, Target }) => [Id, Target]), [[(await layout.testIds())[0], "1"]]);
      const { rows, groups } = await splitFolds({ dataDir, folds: 5 });
      assertEquals([rows.length, groups.leftOut], [PICTURES, 0]);
      const file = { path: join(dataDir, "split.stratified.0.csv"), rows: "train" };
      for (const { files: [path], labels } of await splitExamples(layout, file)) {
        const number = numbers.find((number) => join(dataDir, competition.train(number)) === path);
        assertEquals(labels, [classOf(number!)]);
      }
      assertEquals((await testExamples(layout)).map(({ files }) => files), [
        [join(dataDir, competition.test(0))],
        [join(dataDir, competition.test(1))],
      ]);
    }));
}

Deno.test("csv_folder keeps the images of one Id in one fold", () =>
  inFolder(async (dataDir) => {
    await writeCompetition(dataDir, COMPETITIONS.csv_folder!);
    await findDuplicates({ dataDir, cache: false, gallery: false });
    const folds = new Map<string, Set<number>>();
    for (const { id, fold } of (await splitFolds({ dataDir, folds: 3 })).rows) {
      const own = id.split("/")[0]!;
      folds.set(own, (folds.get(own) ?? new Set()).add(fold));
    }
    assertEquals(folds.size, 6);
    assert([...folds.values()].every(({ size }) => size === 1));
  }));
