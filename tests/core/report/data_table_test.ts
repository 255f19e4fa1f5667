import { assert, assertEquals } from "@std/assert";
import { csvOf, type DataTable, dataTable } from "../../../core/report/data_table.ts";

const TABLE: DataTable = {
  name: "scores",
  caption: "Scores of <models>",
  columns: [{ name: "model" }, { name: "F1", digits: 2 }, { name: "90 %", digits: 2 }],
  rows: [["a & b", 0.98765, [0.5, 0.75]], ["c", NaN, null], ["d", 1, [NaN, NaN]]],
};

Deno.test("a table on a page has a caption, headings of columns and rows, rounded numbers and a region", () => {
  const html = dataTable(TABLE);
  assert(html.includes('role="region" tabindex="0" aria-label="Scores of &lt;models&gt;"'), html);
  assert(html.includes('<caption>Scores of &lt;models&gt; (<a href="scores.csv"'), html);
  assertEquals(html.match(/<th scope="col"/g)?.length, 3);
  assertEquals(html.match(/<th scope="row"/g)?.length, 3);
  assert(
    html.includes("a &amp; b</th>") && html.includes(">0.99</td>") && html.includes(">0.50 to 0.75</td>"),
    html,
  );
  assert(!html.includes("NaN"), html);
});

Deno.test("a page may show the first rows alone, and says so; the file has all, in full", () => {
  const html = dataTable({ ...TABLE, shown: 1 });
  assert(html.includes("the first 1 of 3 rows") && !html.includes(">c</th>"), html);
  assertEquals(csvOf({ ...TABLE, shown: 1 }), {
    header: ["model", "F1", "90 % low", "90 % high"],
    rows: [["a & b", 0.98765, 0.5, 0.75], ["c", "", "", ""], ["d", 1, "", ""]],
  });
});
