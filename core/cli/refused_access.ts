import { linkCommand, writableFolders } from "../base/check_writable.ts";
import { configProblem, type Problem } from "../base/problem.ts";

/** Deno's words for what it refused: the kind of access, and to what. */
const REFUSED = /^Requires (\w+) access to "(.+)", run again/;

/**
 * What a task says when Deno refused it something: what it was, why, and the way to it.
 *
 * A task's permissions stand in its line of deno.json. Files outside the project are reached by links in it.
 */
export async function refusedAccess(error: Deno.errors.NotCapable): Promise<Problem> {
  const [, access, what = ""] = REFUSED.exec(error.message) ?? [];
  if (access === "read") {
    return configProblem(
      `Cannot read "${what}": tasks read what is in the project's folder only`,
      `Put it there, or bring it in by a link: ${linkCommand(what, "data/")}`,
    );
  }
  if (access === "write") {
    const folders = await writableFolders();
    const allowed = folders.length === 0 ? "nothing" : `only ${folders.join(", ")}`;
    return configProblem(`Cannot write "${what}": ${allowed} may be written to`, "Name a place there");
  }
  return configProblem(
    `Cannot go on: ${error.message.replace(/, run again.*/, "")}`,
    "Tasks may do only what their line in deno.json permits: look at what a plugin of yours does, see SECURITY.md",
  );
}
