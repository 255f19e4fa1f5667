import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { checkSubmission } from "../../../core/submit/check_submission.ts";
import type { Sample } from "../../../core/submit/sample.ts";

const SAMPLE: Sample = {
  path: "sample.csv",
  idColumn: "image",
  header: ["image", "cat", "dog"],
  columns: ["cat", "dog"],
  ids: ["007", "b,c", "a"],
  cells: [],
};
const GOOD = 'image,cat,dog\n007,0.5,0.5\n"b,c",1,0\na,0,1\n';
const readable = (cells: readonly string[]) =>
  cells.every((cell) => cell !== "" && Number.isFinite(Number(cell)));

Deno.test("a text that is not what the sample asks for is told by its first difference", () => {
  const check = (text: string, sample = SAMPLE) =>
    checkSubmission(text, sample, { columns: ["cat", "dog"], readable });
  check(GOOD);
  const refuse = (text: string, part: string) =>
    assertEquals(assertThrows(() => check(text), Problem, part).exitCode, 3);
  refuse(GOOD.replace("image", "Id"), 'header is "Id,cat,dog", not "image,cat,dog"');
  refuse(GOOD.replace("cat,dog", "dog,cat"), "header");
  refuse("image,healthy\n007,1\n", 'header is "image,healthy"');
  refuse(GOOD.replace("007", "7"), 'row 2 has the Id "7", not "007"');
  refuse(GOOD.replace("a,0,1\n", ""), "it has 2 rows, not 3");
  refuse(GOOD + "d,0,1\n", "it has 4 rows, not 3");
  refuse('image,cat,dog\na,0,1\n007,0.5,0.5\n"b,c",1,0\n', 'row 2 has the Id "a"');
  refuse(GOOD.replace("1,0", "1,"), 'row 3 is no answer: "1,"');
  refuse(GOOD.replace("0,1", "NaN,1"), "row 4 is no answer");
  refuse(GOOD.replace('"b,c"', "b,c"), "row 3 has 4 cells");
  refuse("", "header");
});

Deno.test("without a sample, or with one of Ids only, the columns are the layout's", () => {
  const rows = 'image,Answer\n007,1\n"b,c",2\na,3\n';
  const expected = { columns: ["Answer"], readable };
  checkSubmission(rows, { ...SAMPLE, path: null, header: null, columns: [] }, expected);
  checkSubmission(rows, { ...SAMPLE, header: ["image"], columns: [] }, expected);
  assertThrows(() => checkSubmission(rows, SAMPLE, expected), Problem, "header");
});
