import type { DataTable } from "../report/data_table.ts";

/** A section of the page with the tables that get a CSV file. */
export interface PagePart {
  /** Id of the section, for the links to it. */
  readonly id: string;
  readonly title: string;
  /** HTML. */
  readonly body: readonly string[];
  readonly tables: readonly DataTable[];
}
