import { type Cell, type DataTable, dataTable } from "../../report/data_table.ts";
import { intervalChart } from "../../report/interval_chart.ts";
import { paragraph, sideBySide } from "../../report/page.ts";
import type { Assessment } from "../assess.ts";
import type { PagePart } from "../page_part.ts";
import { type Interval, intervalOf } from "../statistics/bootstrap.ts";
import { classScore, countCells, type MarkedCells } from "../statistics/class_scores.ts";

/** Classes that the chart shows. */
const SHOWN = 60;
/** Scores of classes over all resamples: with thousands of classes fewer resamples do. */
const MOST_SCORES = 3_000_000;
const MEASURES = ["precision", "recall", "f1"] as const;

/** A class with its scores. */
export interface ReportedClass {
  readonly label: number;
  readonly support: number;
  readonly answered: number;
  readonly scores: Readonly<Record<typeof MEASURES[number], number>>;
  readonly intervals: Readonly<Record<typeof MEASURES[number], Interval>>;
}

function occurs({ support, answered }: ReportedClass): boolean {
  return support + answered > 0;
}

/** Scores of each class with their intervals, the lowest F1 first; classes that are neither there nor answered come last. */
export function reportClasses({ predictions: { classes }, rows, ...own }: Assessment): ReportedClass[] {
  const cells: MarkedCells = own.cells!, counts = countCells(cells, classes);
  const times = rows.times.slice(0, Math.max(1, Math.floor(MOST_SCORES / classes)));
  const drawn = times.map((resample) => countCells(cells, classes, resample));
  const found = Array.from({ length: classes }, (_, label) => {
    const scores = drawn.map((resample) => classScore(resample, label));
    const of = (measure: typeof MEASURES[number]) => intervalOf(scores.map((score) => score[measure]));
    return {
      label,
      support: counts.labelled[label]!,
      answered: counts.answered[label]!,
      scores: classScore(counts, label),
      intervals: { precision: of("precision"), recall: of("recall"), f1: of("f1") },
    };
  });
  const absent = (one: ReportedClass) => Number(!occurs(one));
  return found.sort((a, b) => absent(a) - absent(b) || a.scores.f1 - b.scores.f1 || a.label - b.label);
}

function classRow({ label, support, answered, scores, intervals }: ReportedClass, name: string): Cell[] {
  return [
    name,
    label,
    support,
    answered,
    ...MEASURES.flatMap((measure) => [scores[measure], support === 0 ? null : intervals[measure]]),
  ];
}

function classesTable(found: readonly ReportedClass[], names: readonly string[]): DataTable {
  const measured = MEASURES.flatMap((measure) => {
    const name = measure === "f1" ? "F1" : measure;
    return [{ name, digits: 3 }, { name: `${name} 90 %`, digits: 2 }];
  });
  return {
    name: "classes",
    caption: "Classes, the lowest F1 first",
    columns: [{ name: "class" }, { name: "index" }, { name: "support" }, { name: "answered" }, ...measured],
    rows: found.map((one) => classRow(one, names[one.label]!)),
    shown: found.filter(occurs).length,
  };
}

function classesChart(found: readonly ReportedClass[], names: readonly string[]): string {
  const bars = found.filter(({ support }) => support > 0).slice(0, SHOWN).map((one) => ({
    name: names[one.label]!,
    value: one.scores.f1,
    interval: one.intervals.f1,
    hint: `${names[one.label]}: F1 ${one.scores.f1.toFixed(3)}, ${one.support} images`,
  }));
  return intervalChart({ name: "F1 of each class with its 90 % interval", x: "F1", bars, holds: [0, 1] });
}

/** Precision, recall, F1 and support of each class. */
export function classesPart(model: Assessment, names: readonly string[]): PagePart {
  const found = reportClasses(model), table = classesTable(found, names);
  const how = model.answers!.chosen === null
    ? "An image is answered with its most probable class."
    : "A class is answered above its threshold, which was chosen on other images: five folds, groups kept whole.";
  return {
    id: "classes",
    title: "Classes",
    body: [
      paragraph(`Answers of ${model.name}. ${how}`),
      sideBySide([dataTable(table), classesChart(found, names)]),
    ],
    tables: [table],
  };
}
