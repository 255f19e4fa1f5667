import type { Layout } from "../../plugin/contracts.ts";
import { type DataTable, dataTable } from "../../report/data_table.ts";
import { intervalChart } from "../../report/interval_chart.ts";
import { paragraph, sideBySide } from "../../report/page.ts";
import type { PagePart } from "../page_part.ts";
import type { LabelFacts, PreparedFacts } from "../report_facts.ts";

/** Classes that the chart of their balance shows. */
const SHOWN = 40;

function countsTable({ train, external, test }: LabelFacts): DataTable {
  return {
    name: "data",
    caption: "Images",
    columns: [{ name: "part" }, { name: "images" }],
    rows: [["train, labelled", train], ["external, labelled", external], ["test", test]],
  };
}

function balanceTable({ counts, train, external }: LabelFacts, { classes }: Layout): DataTable {
  const rows = classes.map((name, label) => [name, counts[label]!, counts[label]! / (train + external)]);
  return {
    name: "balance",
    caption: "Labelled images of each class",
    columns: [{ name: "class" }, { name: "images" }, { name: "share", digits: 4 }],
    rows: rows.sort((a, b) => Number(b[1]) - Number(a[1])),
    shown: counts.filter((count) => count > 0).length,
  };
}

function balanceChart({ rows, shown }: DataTable): string {
  const bars = rows.slice(0, Math.min(SHOWN, shown!)).map(([name, count]) => ({
    name: String(name),
    value: Number(count),
    interval: [0, Number(count)] as const,
    hint: `${name}: ${count} images`,
  }));
  return intervalChart({ name: "Labelled images of each class", x: "images", bars, holds: [0] });
}

function foundTable({ duplicates, leaks }: PreparedFacts): DataTable {
  const groups = Object.entries(duplicates?.groups ?? {}).map(([hash, found]) => [
    `groups of duplicates by ${hash}`,
    found.length,
    found.reduce((sum, { members }) => sum + members.length, 0),
    found.filter(({ conflict }) => conflict).length,
  ]);
  const leaked = Object.entries(leaks?.leaks ?? {}).map(([hash, found]) => [
    `test images that look like labelled ones by ${hash}`,
    found.length,
    found.length,
    found.filter(({ conflict }) => conflict).length,
  ]);
  return {
    name: "duplicates",
    caption: "Duplicates and leaks",
    columns: [{ name: "what" }, { name: "found" }, { name: "images" }, { name: "labels disagree" }],
    rows: [...groups, ...leaked],
  };
}

function foldTable({ split }: PreparedFacts): DataTable | null {
  if (split === null) return null;
  const { sizes, counts } = split.measures;
  const occurring = counts.filter((perFold) => perFold.some((count) => count > 0));
  const rows = sizes.map((size, fold) => [
    `fold ${fold}`,
    size,
    fold === sizes.length - 1 ? "test_val of all splits" : `val of split ${Math.floor(fold / 2)}`,
    occurring.filter((perFold) => perFold[fold] === 0).length,
  ]);
  return {
    name: "folds",
    caption: "Folds of the stratified split",
    columns: [{ name: "fold" }, { name: "images" }, { name: "part" }, { name: "classes it lacks" }],
    rows,
  };
}

function missingTasks({ duplicates, leaks, split }: PreparedFacts): string[] {
  const missing = [
    ...(duplicates === null ? ["find_duplicate_images"] : []),
    ...(leaks === null ? ["find_data_leak"] : []),
    ...(split === null ? ["stratified_split"] : []),
  ];
  if (missing.length === 0) return [];
  return [paragraph(`Nothing is known here from ${missing.join(", ")}: run it to see what it finds.`)];
}

function splitWords({ split }: PreparedFacts): string[] {
  if (split === null) return [];
  const { groups, left_out: leftOut, conflicts, measures } = split;
  return [paragraph(
    `${groups} groups were dealt to the folds, each kept whole; ${conflicts.length} of them had labels that ` +
      `disagree, and ${leftOut} labelled images could not be read. A class is at most ` +
      `${measures.largestDeviation.toFixed(2)} images away from an even share of a fold.`,
  )];
}

/** Counts, balance, duplicates, leaks and folds. */
export function dataPart(facts: LabelFacts, prepared: PreparedFacts, layout: Layout): PagePart {
  const balance = facts.counts.length > 0 ? balanceTable(facts, layout) : null;
  const found = foundTable(prepared), folds = foldTable(prepared);
  const tables = [
    countsTable(facts),
    ...(balance ? [balance] : []),
    ...(found.rows.length > 0 ? [found] : []),
    ...(folds ? [folds] : []),
  ];
  const body = [
    sideBySide([...tables.map(dataTable), ...(balance ? [balanceChart(balance)] : [])]),
    ...splitWords(prepared),
    ...missingTasks(prepared),
  ];
  return { id: "data", title: "Data", body, tables };
}
