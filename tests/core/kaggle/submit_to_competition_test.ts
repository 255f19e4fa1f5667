import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import { SilentOutput } from "../../../core/base/output.ts";
import { Problem } from "../../../core/base/problem.ts";
import { readSubmissionLog } from "../../../core/kaggle/submission_log.ts";
import { submitToCompetition, updateScores } from "../../../core/kaggle/submit_to_competition.ts";
import { inFolder } from "../../_in_folder.ts";
import { type LocalKaggle, TOKEN, withKaggle } from "./_service.ts";

const CONTENT = "Id,label\na,1\n";

interface Bench {
  readonly service: LocalKaggle;
  readonly file: string;
  readonly log: string;
  readonly warnings: string[];
  readonly submit: (message?: string, competition?: string) => ReturnType<typeof submitToCompetition>;
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  await withKaggle((service) =>
    inFolder(async (folder) => {
      const file = join(folder, "submission.csv"), log = join(folder, "submissions", "log.csv");
      await Deno.writeTextFile(file, CONTENT);
      const warnings: string[] = [];
      const output = Object.assign(new SilentOutput(), { warn: (text: string) => warnings.push(text) });
      const submit = (message = "first", competition = "cells") =>
        submitToCompetition({ ...service.access, file, message, competition, log, output });
      await use({ service, file, log, warnings, submit });
    })
  );
}

Deno.test("a submission is made in three steps, of which the storage's has no token", async () => {
  await withBench(async ({ service, file, submit }) => {
    await submit('five folds, "best"\nof all');
    assertEquals(service.seen.map(({ method, path, authorization }) => [method, path, authorization]), [
      ["POST", "/api/v1/competitions/submission-url", TOKEN],
      ["PUT", "/upload/blob?upload_id=1", null],
      ["POST", "/api/v1/competitions/submissions/submit/cells", TOKEN],
    ]);
    const upload = service.uploads.get("/upload/blob")!;
    assertEquals(new TextDecoder().decode(upload.bytes), CONTENT);
    assertEquals(upload.length, `${CONTENT.length}`);
    const { mtime } = await Deno.stat(file);
    assertEquals(service.forms, [
      ["/api/v1/competitions/submission-url", {
        competitionName: "cells",
        contentLength: `${CONTENT.length}`,
        lastModifiedEpochSeconds: `${Math.floor(mtime!.getTime() / 1000)}`,
        fileName: "submission.csv",
      }],
      ["/api/v1/competitions/submissions/submit/cells", {
        blobFileTokens: "blob",
        submissionDescription: 'five folds, "best"\r\nof all',
      }],
    ]);
  });
});

Deno.test("a submission is logged with its hash and its validation score", async () => {
  await withBench(async ({ file, log, submit }) => {
    const validation = { metric: "macro_f1", score: 0.5, interval: [0.4, 0.6] };
    await Deno.writeTextFile(`${file}.json`, JSON.stringify({ validation, config: "a.yml" }));
    await submit('five folds, "best"\nof all');
    const logged = await readSubmissionLog(log);
    const { time, ...row } = logged[0]!;
    assertEquals(time, new Date(time).toISOString());
    assertEquals(logged.length, 1);
    assertEquals(row, {
      competition: "cells",
      file,
      sha256: createHash("sha256").update(CONTENT).digest("hex"),
      metric: "macro_f1",
      validation: "0.5",
      interval_low: "0.4",
      interval_high: "0.6",
      message: 'five folds, "best"\nof all',
      ref: "1000",
      status: "pending",
      public_score: "",
    });
  });
});

Deno.test("validation scores are noted as far as they are known", async () => {
  const notes: readonly [text: string, cells: readonly string[], warnings: number][] = [
    ['{"validation":{"metric":"auc","score":0.25,"interval":null}}', ["auc", "0.25", "", ""], 0],
    ['{"validation":{"metric":"auc","score":0.25}}', ["auc", "0.25", "", ""], 0],
    ['{"other":1}', ["", "", "", ""], 0],
    ['{"validation":{"score":"high"}}', ["", "", "", ""], 1],
    ["no JSON", ["", "", "", ""], 1],
  ];
  for (const [text, cells, count] of notes) {
    await withBench(async ({ file, warnings, submit }) => {
      await Deno.writeTextFile(`${file}.json`, text);
      const { metric, validation, interval_low, interval_high } = await submit();
      assertEquals([metric, validation, interval_low, interval_high], cells);
      assertEquals(warnings.length, count);
    });
  }
});

Deno.test("public scores are filled into the log when they come, and asked for no more", async () => {
  await withBench(async ({ service, log, submit }) => {
    for (const message of ["first", "second", "third"]) await submit(message);
    const update = () => updateScores({ ...service.access, log });
    const scores = async () => (await update()).map(({ status, public_score }) => [status, public_score]);
    const pending = ["pending", ""];
    assertEquals(await scores(), [pending, pending, pending]);
    const [third, second, first] = service.submissions;
    Object.assign(first!, { status: "complete", publicScore: "0.75" });
    Object.assign(second!, { status: "SubmissionStatus.ERROR" });
    assertEquals(await scores(), [["complete", "0.75"], ["error", ""], pending]);
    assertEquals((await readSubmissionLog(log)).map((row) => row.public_score), ["0.75", "", ""]);
    Object.assign(third!, { status: "complete", publicScore: "0.5" });
    await update();
    const asked = service.seen.length;
    assertEquals((await update()).at(-1)!.public_score, "0.5");
    assertEquals(service.seen.length, asked);
  });
});

Deno.test("waiting asks again until the score is there", async () => {
  await withBench(async ({ service, log, submit }) => {
    await submit();
    const waiting = updateScores({ ...service.access, log, everyMilliseconds: 5 });
    while (service.seen.filter(({ path }) => path.includes("/list/")).length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    Object.assign(service.submissions[0]!, { status: "complete", publicScore: "0.9" });
    assertEquals((await waiting)[0]!.public_score, "0.9");
  });
});

Deno.test("waiting ends when it is asked to, with the submission in the log", async () => {
  await withBench(async ({ service, log, submit }) => {
    await submit();
    const controller = new AbortController();
    const waiting = updateScores({
      ...service.access,
      log,
      everyMilliseconds: 1e9,
      signal: controller.signal,
    });
    while (service.seen.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    assertEquals((await waiting)[0]!.status, "pending");
  });
});

Deno.test("the score of an old submission is found on a later page", async () => {
  await withBench(async ({ service, log, submit }) => {
    await submit();
    Object.assign(service.submissions[0]!, { status: "complete", publicScore: "0.1" });
    for (let ref = 1; ref <= 30; ref++) {
      service.submissions.unshift({
        ref,
        description: "",
        fileName: "",
        status: "complete",
        publicScore: "0",
      });
    }
    assertEquals((await updateScores({ ...service.access, log }))[0]!.public_score, "0.1");
  });
});

Deno.test("what Kaggle refuses is told, and nothing is logged", async () => {
  await withBench(async ({ log, submit }) => {
    const rules = await assertRejects(() => submit("a", "birds"), Problem, "Kaggle answers 403");
    assertStringIncludes(rules.next!, "https://www.kaggle.com/c/birds/rules");
    assertEquals(rules.exitCode, 2);
    await assertRejects(() => submit("a", "whale"), Problem, 'did you mean "whales"?');
    assert(!await pathExists(log));
  });
});

Deno.test("an answer to the last step that is lost is told as one that may have counted", async () => {
  await withBench(async ({ service, log, submit }) => {
    service.lostAnswers = true;
    const problem = await assertRejects(() => submit(), Problem, "the submission may have arrived");
    assertStringIncludes(problem.next!, "https://www.kaggle.com/competitions/cells/submissions");
    assertEquals(service.submissions.length, 1);
    assert(!await pathExists(log));
  });
});

Deno.test("a missing file, an empty one and a damaged log are told before anything is sent", async () => {
  await withBench(async ({ service, file, log, submit }) => {
    await Deno.mkdir(join(log, ".."));
    await Deno.writeTextFile(log, "Id,label\n");
    await assertRejects(() => submit(), Problem, "there is no column");
    await Deno.writeTextFile(file, "");
    await assertRejects(() => submit(), Problem, "it is empty");
    await Deno.remove(file);
    const problem = await assertRejects(() => submit(), Problem, "there is no such file");
    assertEquals(problem.exitCode, 3);
    assertEquals(service.seen, []);
  });
});
