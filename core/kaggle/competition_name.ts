import { configProblem } from "../base/problem.ts";

/** The last part of a competition's address; the addresses that the site writes hold it behind these. */
const ADDRESS = /^https:\/\/(?:www\.)?kaggle\.com\/(?:competitions|c)\/([^/?#]+)/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

/**
 * The name of a competition in the API's paths, from that name or the address of the competition's page.
 *
 * @throws Problem (config) on what can be no name
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(competitionName("https://www.kaggle.com/competitions/digit-recognizer/data"), "digit-recognizer");
 * ```
 */
export function competitionName(text: string): string {
  const name = ADDRESS.exec(text)?.[1] ?? text;
  if (NAME.test(name)) return name;
  throw configProblem(
    `Cannot use ${JSON.stringify(text)}: it is no name of a competition`,
    "Write the last part of the competition's address, such as digit-recognizer",
  );
}

/** The page where a user accepts the rules of a competition. */
export function rulesUrl(competition: string): string {
  return `https://www.kaggle.com/c/${competition}/rules`;
}
