import { parse } from "@std/csv";
import { dataProblem, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { Sample } from "./sample.ts";

/** What a submission is compared with, beside the sample. */
export interface Expected {
  /** Columns of the answers where the sample has none. */
  readonly columns: readonly string[];
  /** Whether the cells of a row are an answer. */
  readable(cells: readonly string[]): boolean;
}

function differs(what: string, sample: Sample): Problem {
  return dataProblem(
    `Cannot write the submission: ${what}`,
    sample.path === null
      ? "Compare the layout's columns with the competition's rules"
      : `Compare it with "${sample.path}"`,
  );
}

function checkHeader(header: readonly string[], sample: Sample, columns: readonly string[]): void {
  const complete = sample.header !== null && sample.columns.length > 0;
  const wanted = complete ? sample.header! : [...(sample.header ?? [sample.idColumn]), ...columns];
  if (header.length === wanted.length && header.every((name, at) => name === wanted[at])) return;
  throw differs(`its header is ${quoted(header.join(","))}, not ${quoted(wanted.join(","))}`, sample);
}

/**
 * Compares the text of a submission with the sample: header, number of rows, every Id and its place, and whether every
 * row is an answer. The text is parsed anew, by nothing that wrote it.
 *
 * Throws a data problem that says the first difference.
 */
export function checkSubmission(text: string, sample: Sample, { columns, readable }: Expected): void {
  const [header, ...rows] = parse(text);
  checkHeader(header ?? [], sample, columns);
  if (rows.length !== sample.ids.length) {
    throw differs(`it has ${rows.length} rows, not ${sample.ids.length}`, sample);
  }
  const idAt = header!.indexOf(sample.idColumn);
  for (const [place, row] of rows.entries()) {
    const where = `row ${place + 2}`;
    if (row.length !== header!.length) {
      throw differs(`${where} has ${row.length} cells, not ${header!.length}`, sample);
    }
    if (row[idAt] !== sample.ids[place]) {
      throw differs(`${where} has the Id ${quoted(row[idAt]!)}, not ${quoted(sample.ids[place]!)}`, sample);
    }
    const cells = row.filter((_, at) => at !== idAt);
    if (!readable(cells)) throw differs(`${where} is no answer: ${quoted(cells.join(","))}`, sample);
  }
}
