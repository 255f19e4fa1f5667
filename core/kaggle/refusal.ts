import { configProblem, dataProblem, nearestName, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { KaggleClient } from "./client.ts";
import { rulesUrl } from "./competition_name.ts";
import { SETTINGS_URL } from "./credentials.ts";

/** A request that Kaggle answered with an error status. */
export interface Refused {
  readonly answer: Response;
  readonly competition: string;
  /** What was to be done, as in "download the data of". */
  readonly action: string;
}

/** What Kaggle says about an error: `{"code": 403, "message": ...}`. */
async function messageOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => "");
  try {
    const { message } = JSON.parse(text);
    return typeof message === "string" && message !== "" ? `: ${quoted(message)}` : "";
  } catch {
    return "";
  }
}

/** The competitions that the user has entered, for a message: none when Kaggle does not tell. */
async function enteredNames(client: KaggleClient): Promise<string[]> {
  try {
    const answer = await client.ask("competitions/list?group=entered");
    const list: unknown = await answer.json();
    const refs = (Array.isArray(list) ? list : []).map((item) => String(item?.ref ?? ""));
    return refs.map((ref) => ref.split("/").at(-1)!).filter((name) => name !== "");
  } catch {
    return [];
  }
}

function forbidden({ competition }: Refused, what: string, entered: readonly string[]): Problem {
  if (entered.includes(competition)) {
    return configProblem(
      `${what}, although you have entered the competition`,
      `Look at ${
        rulesUrl(competition)
      }: it may have ended, take notebooks only, or want a verified phone number`,
    );
  }
  const near = nearestName(competition, entered);
  const reason = near === undefined
    ? "either its rules are not accepted, or the name is mistyped"
    : `did you mean "${near}"? Else its rules are not accepted`;
  return configProblem(
    `${what}; ${reason}`,
    `Accept the rules at ${
      rulesUrl(competition)
    } with the account of the token, and run the same command again`,
  );
}

/** An error status of Kaggle as a problem that says what the user can do; may ask for the competitions entered. */
export async function refusal(client: KaggleClient, refused: Refused): Promise<Problem> {
  const { answer, competition, action } = refused, { status } = answer;
  const what = `Cannot ${action} "${competition}": Kaggle answers ${status}${await messageOf(answer)}`;
  if (status === 401) {
    return configProblem(
      `${what}; it does not accept the token`,
      `Create a new token at ${SETTINGS_URL} and set KAGGLE_API_TOKEN, or replace kaggle.json`,
    );
  }
  if (status === 403) return forbidden(refused, what, await enteredNames(client));
  if (status === 404) {
    const near = nearestName(competition, await enteredNames(client));
    return configProblem(
      `${what}; it knows no competition of this name${near === undefined ? "" : `, did you mean "${near}"?`}`,
      `Write the last part of the competition's address: https://www.kaggle.com/competitions/<name>`,
    );
  }
  if (status === 429) return dataProblem(`${what}; too much was asked for`, "Wait, and run it again");
  return dataProblem(what, "Run the same command again later");
}
