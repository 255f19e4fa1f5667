import { join } from "@std/path";
import { pathExists } from "../base/files.ts";
import { configProblem, type Problem } from "../base/problem.ts";
import { readText } from "../base/read_file.ts";

/** Where a user makes and revokes tokens. */
export const SETTINGS_URL = "https://www.kaggle.com/settings";

/** Where credentials are looked for. */
export interface CredentialPlaces {
  /** Reads an environment variable; those of this process when left out. */
  readonly variable?: (name: string) => string | undefined;
  /** The folder where kaggle.json may lie too; the working folder when left out. */
  readonly project?: string;
}

function unusable(what: string): Problem {
  return configProblem(
    `Cannot sign in to Kaggle: ${what}`,
    `Create a token at ${SETTINGS_URL} and set KAGGLE_API_TOKEN, or put kaggle.json into ~/.kaggle`,
  );
}

/** Refuses what cannot stand in a header, without repeating it: error messages end up in logs. */
function checkSecret(secret: string, source: string): string {
  const text = secret.trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw unusable(`what ${source} holds is no token (it is empty, or has spaces or letters beyond ASCII)`);
}

function bearer(token: string, source: string): string {
  return `Bearer ${checkSecret(token, source)}`;
}

function basic({ user, key }: { user: string; key: string }, source: string): string {
  const pair = `${checkSecret(user, source)}:${checkSecret(key, source)}`;
  return `Basic ${new TextEncoder().encode(pair).toBase64()}`;
}

async function fromKaggleJson(path: string): Promise<string> {
  let content: unknown;
  try {
    content = JSON.parse(await readText(path, "text"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { username, key } = (content ?? {}) as Record<string, unknown>;
  if (typeof username === "string" && typeof key === "string") return basic({ user: username, key }, path);
  throw unusable(`"${path}" is not the kaggle.json that Kaggle gives, with "username" and "key"`);
}

function fromVariables(variable: (name: string) => string | undefined): string | null {
  const [token, user, key] = ["KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"].map(variable);
  if (token) return bearer(token, "KAGGLE_API_TOKEN");
  return user && key ? basic({ user, key }, "KAGGLE_USERNAME and KAGGLE_KEY") : null;
}

/**
 * The Authorization header for Kaggle, from the first of: KAGGLE_API_TOKEN; KAGGLE_USERNAME and KAGGLE_KEY; kaggle.json
 * in the project's folder; ~/.kaggle/access_token; ~/.kaggle/kaggle.json.
 *
 * @throws Problem (config) when there are none, or the first is no credential; it never repeats a secret
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const variable = (name: string) => ({ KAGGLE_API_TOKEN: "KGAT_1" })[name];
 * assertEquals(await findAuthorization({ variable }), "Bearer KGAT_1");
 * ```
 */
export async function findAuthorization(
  { variable = Deno.env.get, project = "." }: CredentialPlaces = {},
): Promise<string> {
  const given = fromVariables(variable);
  if (given !== null) return given;
  const own = join(project, "kaggle.json");
  if (await pathExists(own)) return await fromKaggleJson(own);
  const home = variable("HOME");
  if (home) {
    const [token, pair] = [join(home, ".kaggle", "access_token"), join(home, ".kaggle", "kaggle.json")];
    if (await pathExists(token)) return bearer(await readText(token, "text"), `"${token}"`);
    if (await pathExists(pair)) return await fromKaggleJson(pair);
  }
  throw unusable("there is no KAGGLE_API_TOKEN, no KAGGLE_USERNAME with KAGGLE_KEY, and no kaggle.json");
}
