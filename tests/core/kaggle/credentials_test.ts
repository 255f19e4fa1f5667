import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { findAuthorization } from "../../../core/kaggle/credentials.ts";
import { inFolder } from "../../_in_folder.ts";

const BASIC = `Basic ${btoa("ada:secret")}`;
const PAIR = JSON.stringify({ username: "ada", key: "secret" });

/** Looks for credentials in a home and a project with these files, by path below both. */
async function find(
  variables: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  let found = "";
  await inFolder(async (folder) => {
    const home = join(folder, "home"), project = join(folder, "project");
    for (const path of [join(home, ".kaggle"), project]) await Deno.mkdir(path, { recursive: true });
    for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, path), text);
    const all: Record<string, string> = { HOME: home, ...variables };
    found = await findAuthorization({ variable: (name) => all[name], project });
  });
  return found;
}

Deno.test("credentials are found in the environment first, then in the project, then at home", async () => {
  const home = { "home/.kaggle/kaggle.json": PAIR };
  assertEquals(
    await find({ KAGGLE_API_TOKEN: "KGAT_1", KAGGLE_USERNAME: "a", KAGGLE_KEY: "b" }),
    "Bearer KGAT_1",
  );
  assertEquals(await find({ KAGGLE_USERNAME: "ada", KAGGLE_KEY: "secret" }), BASIC);
  assertEquals(await find({}, home), BASIC);
  assertEquals(await find({}, { ...home, "home/.kaggle/access_token": "KGAT_2\n" }), "Bearer KGAT_2");
  const project = { "project/kaggle.json": JSON.stringify({ username: "a", key: "b" }) };
  assertEquals(await find({}, { ...home, ...project }), `Basic ${btoa("a:b")}`);
});

Deno.test("missing and unusable credentials are told without repeating them", async () => {
  const cases: readonly [Record<string, string>, Record<string, string>, string][] = [
    [{}, {}, "there is no KAGGLE_API_TOKEN"],
    [{ KAGGLE_API_TOKEN: "two words" }, {}, "KAGGLE_API_TOKEN holds is no token"],
    [{}, { "home/.kaggle/kaggle.json": '{"username":"words"}' }, "is not the kaggle.json"],
    [{}, { "home/.kaggle/kaggle.json": "words" }, "is not the kaggle.json"],
    [{}, { "home/.kaggle/kaggle.json": "null" }, "is not the kaggle.json"],
  ];
  for (const [variables, files, said] of cases) {
    const problem = await assertRejects(() => find(variables, files), Problem, said);
    assertEquals(problem.exitCode, 2);
    assert(!problem.message.includes("words"), problem.message);
  }
});
