import { Random } from "../base/random.ts";
import { csvText } from "../formats/csv.ts";
import { Grain } from "./canvas.ts";
import { drawFace, type Mask } from "./draw_face.ts";
import type { Sketch } from "./plan_demo.ts";
import type { DemoSize, Theme } from "./theme.ts";

const SHOTS: readonly (readonly [name: string, mask: Mask])[] = [
  ["incorrect_mask", "incorrect"],
  ["mask1", "wear"],
  ["mask2", "wear"],
  ["mask3", "wear"],
  ["mask4", "wear"],
  ["mask5", "wear"],
  ["normal", "none"],
];
const MASKS: readonly Mask[] = ["wear", "incorrect", "none"];

interface Person {
  readonly female: boolean;
  readonly age: number;
  readonly folder: string;
}

function inventPerson(seed: number, index: number): Person {
  const random = new Random(seed, "demo", "person", index);
  const female = random.next() < 0.6;
  const age = random.choice([
    random.integer(18, 29),
    random.integer(18, 29),
    random.integer(30, 59),
    60,
  ]);
  return {
    female,
    age,
    folder: `${String(index + 1).padStart(6, "0")}_${female ? "female" : "male"}_Asian_${age}`,
  };
}

function classOf({ female, age }: Person, mask: Mask): number {
  return MASKS.indexOf(mask) * 6 + (female ? 3 : 0) + (age < 30 ? 0 : age < 60 ? 1 : 2);
}

function sketchOf(id: string, options: { source: "train" | "test"; path: string; label: number }): Sketch {
  const labels = [options.label];
  return { id, source: options.source, path: options.path, labels, shown: labels };
}

function sketchFaces({ train, test, seed }: DemoSize): Sketch[] {
  const people = Array.from({ length: train }, (_, index) => inventPerson(seed, index));
  const labelled = people.flatMap((person) =>
    SHOTS.map(([shot, mask]) => {
      const id = `${person.folder}/${shot}`;
      return sketchOf(id, { source: "train", path: `train/images/${id}.jpg`, label: classOf(person, mask) });
    })
  );
  const hidden = Array.from({ length: test }, (_, index) => {
    const random = new Random(seed, "demo", "eval", index);
    const id = `${Array.from({ length: 5 }, () => random.word().toString(16).padStart(8, "0")).join("")}.jpg`;
    const label = classOf(inventPerson(seed, train + index), random.choice(SHOTS)[1]);
    return sketchOf(id, { source: "test", path: `eval/images/${id}`, label });
  });
  return [...labelled, ...hidden];
}

function peopleTable(sketches: readonly Sketch[]): string {
  const folders = new Set(
    sketches.filter(({ source }) => source === "train").map(({ id }) => id.split("/")[0]!),
  );
  return csvText(
    ["id", "gender", "race", "age", "path"],
    [...folders].map((folder) => {
      const [id, gender, race, age] = folder.split("_");
      return [id!, gender!, race!, age!, folder];
    }),
  );
}

/** Faces with and without masks, one folder per person; `train` is the number of people with seven images each. */
export function facesTheme({ size, seed }: DemoSize): Theme {
  const grain = new Grain(new Random(seed, "demo", "grain"));
  return {
    layout: "ai_stage",
    sketch: sketchFaces,
    drawLabels: null,
    draw: ({ id, shown }, random) => {
      const [label, agePart] = [shown[0]!, shown[0]! % 3];
      const age = [random.integer(18, 29), random.integer(30, 59), 60][agePart]!;
      const look = new Random(seed, "demo", "look", id.split("/")[0]!);
      return drawFace({
        random,
        look,
        grain,
        size,
        age,
        female: label % 6 >= 3,
        mask: MASKS[Math.floor(label / 6)]!,
      });
    },
    tables: (sketches) => {
      const ids = sketches.filter((sketch) => sketch.source === "test").map(({ id }) => [id, "0"]);
      return [
        { path: "train/train.csv", text: peopleTable(sketches) },
        { path: "eval/info.csv", text: csvText(["ImageID", "ans"], ids) },
      ];
    },
  };
}
