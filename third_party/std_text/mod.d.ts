/** The possibility nearest to the given word. */
export function closestString(
  word: string,
  possible: ReadonlyArray<string>,
  options?: { caseSensitive?: boolean; compareFn?: (a: string, b: string) => number },
): string;
/** The number of single-character edits between two strings. */
export function levenshteinDistance(a: string, b: string): number;
