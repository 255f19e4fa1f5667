/** How `parse` reads CSV text. */
export interface ParseOptions {
  separator?: string;
  comment?: string;
  trimLeadingSpace?: boolean;
  lazyQuotes?: boolean;
  fieldsPerRecord?: number;
}
/** Rows of cells; quoted cells may hold separators, quotes and line breaks. */
export function parse(text: string, options?: ParseOptions): string[][];
/** How `stringify` writes rows. */
export interface StringifyOptions {
  separator?: string;
  headers?: boolean;
  crlf?: boolean;
  columns?: readonly string[];
}
/** CSV text of rows of cells (or of objects, with `columns`). */
export function stringify(
  data: readonly (readonly unknown[] | Record<string, unknown>)[],
  options?: StringifyOptions,
): string;
/** Splits a stream of text into rows of cells. */
export class CsvParseStream extends TransformStream<string, string[]> {
  constructor(options?: ParseOptions);
}
