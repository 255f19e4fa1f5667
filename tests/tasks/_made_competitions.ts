import { dirname, join } from "@std/path";
import type { Pixels } from "../../core/base/pixels.ts";
import { Random } from "../../core/base/random.ts";
import { csvText } from "../../core/formats/csv.ts";
import { encodePng } from "../../core/image/encode.ts";

const SIDE = 32, TRAIN = 154, TEST = 44;

type Colour = readonly [number, number, number];

/** Whether a point lies in a drawing; coordinates from the drawing's middle, in its radius. */
type Outline = (x: number, y: number) => boolean;

const DISC: Outline = (x, y) => x * x + y * y < 1;
const OUTLINES: Readonly<Record<string, Outline>> = {
  disc: DISC,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.4,
};

interface Stamp {
  readonly outline: Outline;
  readonly colour: Colour;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
}

/** A dark noisy picture with drawings on it. */
function draw(random: Random, stamps: readonly Stamp[]): Pixels {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const column = at % SIDE, row = Math.floor(at / SIDE);
    const on = stamps.findLast(({ outline, radius, x, y }) =>
      outline((column - x) / radius, (row - y) / radius)
    );
    for (let c = 0; c < 3; c++) {
      data[at * 3 + c] = Math.min(255, Math.max(0, (on?.colour[c] ?? 40) + 12 * random.normal()));
    }
  }
  return { data, height: SIDE, width: SIDE, channels: 3 };
}

function hue(share: number): Colour {
  const channel = (shift: number) => 130 + 110 * Math.cos(2 * Math.PI * (share - shift));
  return [channel(0), channel(1 / 3), channel(2 / 3)];
}

/** A drawing at a random place that lies inside the picture. */
function stampAt(
  random: Random,
  outline: Outline,
  { colour, radius }: { colour: Colour; radius: number },
): Stamp {
  const place = () => radius + (SIDE - 2 * radius) * random.next();
  return { outline, colour, radius, x: place(), y: place() };
}

/** One image with what is true of it. */
interface Drawn<Truth> {
  readonly truth: Truth;
  readonly pixels: Pixels;
}

/** Cells of a submission by Id, without its header. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** A competition that a test makes: its folder, and how well a submission answers it. */
export interface MadeCompetition {
  readonly name: string;
  /** What init must find. */
  readonly shape: string;
  readonly target: string;
  readonly metric: string;
  /** Writes the folder. */
  build(dir: string): Promise<void>;
  /** Score of the answers; higher is better. */
  score(answers: Answers): number;
  /** Score of the best constant answer. */
  readonly constant: number;
  /** How much the score must be above it. */
  readonly margin: number;
}

/** What a competition is made of. */
interface Plan<Truth> {
  readonly name: string;
  readonly shape: string;
  readonly target: string;
  readonly metric: string;
  readonly margin: number;
  /** Draws an image; `place` counts them. */
  image(random: Random, place: number): Drawn<Truth>;
  /** Files beside the images, or where an image lies if it is not train/<id>.png. */
  files(train: readonly Truth[], test: readonly string[]): Readonly<Record<string, string>>;
  pathOf?(truth: Truth, id: string): string;
  score(truths: readonly Truth[], cells: readonly (readonly string[])[]): number;
  /** Constant answers among which the best is. */
  constants(train: readonly Truth[]): readonly (readonly string[])[];
}

function trainId(place: number): string {
  return `a${String(place).padStart(3, "0")}`;
}

/** Test Ids, which do not tell what their images show. */
const TEST_IDS = Array.from({ length: TEST }, (_, place) => `t${String(place * 17 % TEST).padStart(3, "0")}`);

function makeCompetition<Truth>(plan: Plan<Truth>): MadeCompetition {
  const { name, shape, target, metric, margin } = plan;
  const drawn = (part: string, count: number) =>
    Array.from({ length: count }, (_, place) => plan.image(new Random(1, name, part, place), place));
  const train = drawn("train", TRAIN), test = drawn("test", TEST);
  const truths = test.map(({ truth }) => truth);
  const ofAll = (cells: readonly string[]) => plan.score(truths, truths.map(() => cells));
  const pathOf = plan.pathOf ?? ((_truth: Truth, id: string) => `train/${id}.png`);
  return {
    name,
    shape,
    target,
    metric,
    margin,
    constant: Math.max(...plan.constants(train.map(({ truth }) => truth)).map(ofAll)),
    // Without a sample submission the Ids are the names of the files.
    score: (answers) =>
      plan.score(truths, TEST_IDS.map((id) => answers.get(id) ?? answers.get(`${id}.png`)!)),
    async build(dir) {
      const images = [
        ...train.map(({ truth, pixels }, place) => [pathOf(truth, trainId(place)), pixels] as const),
        ...test.map(({ pixels }, place) => [`test/${TEST_IDS[place]}.png`, pixels] as const),
      ];
      for (const [path, pixels] of images) {
        await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
        await Deno.writeFile(join(dir, path), await encodePng(pixels));
      }
      for (const [path, text] of Object.entries(plan.files(train.map(({ truth }) => truth), TEST_IDS))) {
        await Deno.writeTextFile(join(dir, path), text);
      }
    },
  };
}

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return csvText(header, rows);
}

/** train.csv with a label cell for each image. */
function labelFile(column: string, cells: readonly (string | number)[]): string {
  return table(["id", column], cells.map((cell, place) => [trainId(place), cell]));
}

function sampleFile(column: string, ids: readonly string[], cell: string): string {
  return table(["id", column], ids.map((id) => [id, cell]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const SHAPES = Object.keys(OUTLINES);

/** One class an image, a folder a class, no sample submission: the share of right answers. */
const label = makeCompetition<string>({
  name: "label",
  shape: "labels",
  target: "class",
  metric: "accuracy",
  margin: 0.3,
  image(random, place) {
    const truth = SHAPES[place % 3]!, size = { colour: hue(random.next()), radius: 8 + 3 * random.next() };
    return { truth, pixels: draw(random, [stampAt(random, OUTLINES[truth]!, size)]) };
  },
  pathOf: (truth, id) => `train/${truth}/${id}.png`,
  files: () => ({}),
  score: (truths, cells) => mean(truths.map((truth, row) => Number(cells[row]![0] === truth))),
  constants: () => SHAPES.map((name) => [name]),
});

const COLOURS = ["red", "lime", "azure"];

/** Any number of classes an image, in one cell: macro F1. */
const labels = makeCompetition<readonly string[]>({
  name: "labels",
  shape: "labels",
  target: "class_set",
  metric: "macro_f1",
  margin: 0.1,
  image(random) {
    const truth = COLOURS.filter(() => random.next() < 0.5);
    const size = (name: string) => ({
      colour: hue(COLOURS.indexOf(name) / 3),
      radius: 4 + 2 * random.next(),
    });
    return { truth, pixels: draw(random, truth.map((name) => stampAt(random, DISC, size(name)))) };
  },
  files: (train, test) => ({
    "train.csv": labelFile("colours", train.map((truth) => truth.join("|"))),
    "sample_submission.csv": sampleFile("colours", test, "red|lime"),
  }),
  score: (truths, cells) =>
    mean(COLOURS.map((name) => {
      const answers = cells.map(([cell]) => cell!.split("|").includes(name));
      const hits = truths.filter((truth, row) => truth.includes(name) && answers[row]).length;
      const marked = answers.filter(Boolean).length + truths.filter((truth) => truth.includes(name)).length;
      return marked === 0 ? 0 : 2 * hits / marked;
    })),
  constants: () => [[COLOURS.join("|")]],
});

/** One-hot columns: minus the log loss. */
const columns = makeCompetition<number>({
  name: "columns",
  shape: "columns",
  target: "class",
  metric: "log_loss",
  margin: 0.4,
  image(random, place) {
    const truth = place % 4, size = { colour: hue(random.next()), radius: 8 + 3 * random.next() };
    return { truth, pixels: draw(random, [stampAt(random, OUTLINES[SHAPES[truth]!]!, size)]) };
  },
  files: (train, test) => ({
    "train.csv": table(
      ["id", ...SHAPES],
      train.map((truth, place) => [trainId(place), ...SHAPES.map((_, c) => Number(c === truth))]),
    ),
    // In another order than the label file's.
    "sample_submission.csv": table(
      ["id", ...SHAPES.toReversed()],
      test.map((id) => [id, ...SHAPES.map(() => 0.25)]),
    ),
  }),
  score: (truths, cells) =>
    mean(
      truths.map((truth, row) => Math.log(Math.max(1e-15, Number(cells[row]![SHAPES.length - 1 - truth])))),
    ),
  constants: () => [SHAPES.map(() => "0.25")],
});

/** Two classes, a probability: the share of pairs in the right order. */
const score = makeCompetition<number>({
  name: "score",
  shape: "score",
  target: "class",
  metric: "roc_auc",
  margin: 0.3,
  image(random) {
    const truth = Number(random.next() < 0.4),
      size = { colour: hue(random.next()), radius: 7 + 4 * random.next() };
    const outline = truth === 1 ? OUTLINES.ring! : DISC;
    return { truth, pixels: draw(random, [stampAt(random, outline, size)]) };
  },
  files: (train, test) => ({
    "train.csv": labelFile("has_hole", train),
    "sample_submission.csv": sampleFile("has_hole", test, "0.5"),
  }),
  score(truths, cells) {
    const of = (wanted: number) =>
      cells.filter((_, row) => truths[row] === wanted).map(([cell]) => Number(cell));
    const pairs = of(1).flatMap((high) => of(0).map((low) => high > low ? 1 : high === low ? 0.5 : 0));
    return mean(pairs);
  },
  constants: () => [["0.5"]],
});

const HUES = Array.from({ length: 8 }, (_, index) => `hue${index}`);

/** The five likeliest of eight classes, ranked: the mean reciprocal rank. */
const ranked = makeCompetition<string>({
  name: "ranked",
  shape: "ranked",
  target: "class",
  metric: "map_at_k",
  margin: 0.2,
  image(random, place) {
    const index = place % HUES.length,
      size = { colour: hue(index / HUES.length), radius: 9 + 3 * random.next() };
    return { truth: HUES[index]!, pixels: draw(random, [stampAt(random, DISC, size)]) };
  },
  files: (train, test) => ({
    "train.csv": labelFile("tag", train),
    "sample_submission.csv": sampleFile("tag", test, HUES.slice(0, 5).join(" ")),
  }),
  score: (truths, cells) =>
    mean(truths.map((truth, row) => {
      const place = cells[row]![0]!.split(" ").slice(0, 5).indexOf(truth);
      return place < 0 ? 0 : 1 / (place + 1);
    })),
  constants: () => [[HUES.slice(0, 5).join(" ")]],
});

/** Quadratic weighted kappa by its definition: 1 - observed / expected squared differences. */
function kappa(truths: readonly number[], answers: readonly number[]): number {
  const observed = mean(truths.map((truth, row) => (truth - answers[row]!) ** 2));
  const expected = mean(truths.flatMap((truth) => answers.map((answer) => (truth - answer) ** 2)));
  return expected === 0 ? 0 : 1 - observed / expected;
}

/** Grades, the number of dots: quadratic weighted kappa. */
const ordinal = makeCompetition<number>({
  name: "ordinal",
  shape: "labels",
  target: "grade",
  metric: "quadratic_weighted_kappa",
  margin: 0.4,
  image(random, place) {
    const truth = place % 5;
    const dots = Array.from({ length: truth }, (_, dot) => {
      const stamp = stampAt(random, DISC, { colour: [220, 220, 220], radius: 3 });
      // A quarter of the picture for each dot, so that none hides another.
      return { ...stamp, x: stamp.x / 2 + 16 * (dot % 2), y: stamp.y / 2 + 16 * (dot >> 1) };
    });
    return { truth, pixels: draw(random, dots) };
  },
  files: (train, test) => ({
    "train.csv": labelFile("severity", train),
    "sample_submission.csv": sampleFile("severity", test, "0"),
  }),
  score: (truths, cells) => kappa(truths, cells.map(([cell]) => Number(cell))),
  constants: () => [["2"]],
});

/** A number, ten times a disc's radius: minus the root mean squared error. */
const value = makeCompetition<number>({
  name: "value",
  shape: "value",
  target: "value",
  metric: "rmse",
  margin: 8,
  image(random) {
    const radius = 3 + 10 * random.next();
    return {
      truth: 10 * radius,
      pixels: draw(random, [stampAt(random, DISC, { colour: hue(random.next()), radius })]),
    };
  },
  files: (train, test) => ({
    "train.csv": labelFile("extent", train.map((truth) => truth.toFixed(2))),
    "sample_submission.csv": sampleFile("extent", test, "50.5"),
  }),
  score: (truths, cells) =>
    -Math.sqrt(mean(truths.map((truth, row) => (truth - Number(cells[row]![0])) ** 2))),
  constants: (train) => [[String(mean(train))]],
});

/** One competition for each shape and target. */
export const MADE_COMPETITIONS: readonly MadeCompetition[] = [
  label,
  labels,
  columns,
  score,
  ranked,
  ordinal,
  value,
];
