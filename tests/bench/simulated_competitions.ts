import { Random } from "../../core/base/random.ts";
import type { ClassColumn, ClassTable } from "../../core/submit/class_table.ts";
import { sigmoid } from "../../core/ensemble/logistic.ts";

/** Predictions whose labels are known, and those of pictures that nobody has seen, from one model on one competition. */
export interface SimulatedCompetition {
  readonly labelled: ClassTable;
  readonly unseen: ClassTable;
  /** Share of pictures without a class that the model takes for it. */
  readonly confused: number;
}

const UNSEEN = 4000;
const LABELLED = [300, 1000, 3000];
const CLASSES = [4, 10, 28];
const CONFUSED = [0, 0.01, 0.05];

/** A class: how common it is, and how the model scores it. */
interface SimulatedClass {
  readonly share: number;
  /** Distance between the scores of pictures with and without the class, in standard deviations. */
  readonly gap: number;
  readonly confused: number;
  /** The model's log odds are `scale * (score - shift)`: too sure or too timid, too generous or too sparing. */
  readonly scale: number;
  readonly shift: number;
}

function drawClasses(random: Random, confused: number): SimulatedClass[] {
  const rare = random.next() < 0.5, quality = random.uniform(1.5, 4);
  return Array.from({ length: random.choice(CLASSES) }, () => ({
    share: rare ? Math.exp(random.uniform(Math.log(0.003), Math.log(0.4))) : random.uniform(0.05, 0.4),
    gap: quality + random.uniform(-0.5, 0.5),
    confused,
    scale: random.uniform(0.5, 2),
    shift: quality / 2 + random.uniform(-0.5, 1.5),
  }));
}

function drawColumn(rows: number, like: SimulatedClass, random: Random): ClassColumn {
  const labels = Uint8Array.from({ length: rows }, () => Number(random.next() < like.share));
  const probabilities = Float64Array.from(labels, (label) => {
    const high = label === 1 || random.next() < like.confused;
    return sigmoid(like.scale * (random.normal() + (high ? like.gap : 0) - like.shift));
  });
  return { labels, probabilities };
}

/**
 * A competition drawn from a seed: 4, 10 or 28 classes, evenly common or some very rare; a weak to a strong model, well
 * calibrated or not, that confuses none or some pictures; 300 to 3,000 labelled pictures.
 */
export function drawCompetition(seed: number): SimulatedCompetition {
  const random = new Random(seed, "competition");
  const confused = random.choice(CONFUSED), rows = random.choice(LABELLED);
  const classes = drawClasses(random, confused);
  const table = (rows: number, part: string): ClassTable => ({
    rows,
    classes: classes.map((like, index) => drawColumn(rows, like, new Random(seed, part, index))),
  });
  return { labelled: table(rows, "labelled"), unseen: table(UNSEEN, "unseen"), confused };
}
