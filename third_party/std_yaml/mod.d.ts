/** The value of one YAML document. Throws a SyntaxError with line and column. */
export function parse(text: string, options?: { schema?: string; allowDuplicateKeys?: boolean }): unknown;
/** YAML text of a value. */
export function stringify(
  value: unknown,
  options?: { lineWidth?: number; sortKeys?: boolean; indent?: number; skipInvalid?: boolean; useAnchors?: boolean },
): string;
