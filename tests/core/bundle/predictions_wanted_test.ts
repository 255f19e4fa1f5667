import { assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { submissionPredictions } from "../../../core/bundle/predictions_wanted.ts";
import { submissionSchema } from "../../../core/submit/submission_config.ts";

Deno.test("a submission of models out of fold is not bundled: its split files are not there", async () => {
  const config = submissionSchema.parse({ models: [{ name: "a", configs: ["a.yml"] }] });
  const problem = await assertRejects(() => submissionPredictions(config, []), Problem, "out of fold");
  assertEquals(problem.exitCode, 2);
});
