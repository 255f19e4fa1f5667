import { assertEquals, assertRejects } from "@std/assert";
import { parse } from "@std/csv";
import { csvText, float32Text, readCsv, readCsvTable, writeCsv } from "../../../core/formats/csv.ts";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";

const NEXT = "Make it again";

async function withFile(text: string, run: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/a.csv`, text);
    await run(`${dir}/a.csv`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function assertRefused(text: string, part: string): Promise<void> {
  await withFile(text, async (path) => {
    const read = () => readCsv(path, { columns: ["Id", "Target"], next: NEXT });
    const problem = await assertRejects(read, Problem, part);
    assertEquals(problem.exitCode, 3);
    assertEquals(problem.message.includes(path), true);
    assertEquals(typeof problem.next, "string");
  });
}

Deno.test("readCsv gives the named columns and leaves every cell as text", async () => {
  const text = '\uFEFFId,Note,Target\r\n=1+1,"a, ""b""\nc",16 0\r\n007,,1e3\r\n';
  await withFile(text, async (path) => {
    const rows = await readCsv(path, { columns: ["Target", "Id"], next: NEXT });
    assertEquals(rows, [{ Target: "16 0", Id: "=1+1" }, { Target: "1e3", Id: "007" }]);
    const table = await readCsvTable(path, { columns: [], next: NEXT });
    assertEquals(table.rows[0], ["=1+1", 'a, "b"\nc', "16 0"]);
  });
});

Deno.test("readCsvTable reads a table of many blocks as one", async () => {
  const random = new Random(7, "blocks");
  const words = ["a", "b c", '"', '""', ",", "line\nline", "\r\n", "é 漢 🙂", "x".repeat(300)];
  const rows = Array.from({ length: 3000 }, (_, i) => [
    `id ${i}`,
    Array.from({ length: random.integer(0, 4) }, () => words[random.integer(0, words.length - 1)]).join(""),
    i === 1500 ? '"\n'.repeat(100_001) : "",
  ]);
  await withFile("", async (path) => {
    await writeCsv(path, ["Id", "Note", "Long"], rows);
    const text = await Deno.readTextFile(path);
    assertEquals(text.length > 8 * 65536, true);
    const table = await readCsvTable(path, { columns: [], next: NEXT });
    const whole = JSON.stringify(parse(text));
    assertEquals(JSON.stringify([table.header, ...table.rows]) === whole, true);
  });
});

Deno.test("readCsv names the line of the file where a late row is no CSV", async () => {
  const text = "Id,Target\n" + "some id,1\n".repeat(20_000) + 'b"c,1\n';
  await assertRefused(text, "line 20002");
});

Deno.test("readCsv refuses what does not fit, with the file and the next step", async (t) => {
  await t.step(
    "missing column",
    () => assertRefused("Id,Taget\na,1\n", 'no column "Target"; did you mean "Taget"?'),
  );
  await t.step("two missing columns", () => assertRefused("A,B\na,1\n", 'no column "Id", "Target"'));
  await t.step("repeated column", () => assertRefused("Id,Target,Id\na,1,b\n", '"Id" is there twice'));
  await t.step(
    "ragged row",
    () => assertRefused("Id,Target\na,1\nb\n", "row 3 has 1 cells, the header has 2"),
  );
  await t.step("empty file", () => assertRefused("", "the file is empty"));
  await t.step("open quote", () => assertRefused('Id,Target\n"a,1\n', "not a CSV file"));
  const missing = () => readCsv("/nowhere/a.csv", { columns: [], next: NEXT });
  await t.step("missing file", async () => void await assertRejects(missing, Problem, "no such file"));
});

Deno.test("writeCsv writes what readCsv reads", async () => {
  const cells = [["=cmd|' /C calc'!A0", "x"], ["a,b", 'q"q'], ["-1", "l\nl"], ["@x", "é 漢"]];
  await withFile("", async (path) => {
    await writeCsv(path, ["Id", "Target"], cells);
    assertEquals((await readCsvTable(path, { columns: ["Id"], next: NEXT })).rows, cells);
    await writeCsv(path, ["Id"], [[""], [" a "]]);
    assertEquals(await readCsv(path, { columns: ["Id"], next: NEXT }), [{ Id: "" }, { Id: " a " }]);
  });
  assertEquals(csvText(["Id", "P"], [["=a", 0.5]]), "Id,P\n=a,0.5\n");
});

Deno.test("float32Text keeps every bit", () => {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  const random = new Random(1, "float32Text");
  for (let i = 0; i < 20_000; i++) {
    bits[0] = random.word();
    if (!Number.isFinite(value[0]!)) continue;
    const expected = bits[0]!;
    const text = float32Text(value[0]!);
    value[0] = Number(text);
    assertEquals(bits[0], Object.is(value[0], 0) && expected === 0x80000000 ? 0 : expected, text);
  }
  assertEquals(float32Text(Math.fround(0.1)), "0.1");
  assertEquals(float32Text(Math.fround(1 / 3)), "0.33333334");
});

Deno.test("readCsvTable splits a text without quotes as the parser does", async () => {
  const random = new Random(3, "plain"), parts = ["a", "b c", "\n", "\n", "\r\n", "\r", "é", "0.25", " "];
  for (let trial = 0; trial < 300; trial++) {
    const rest = Array.from({ length: 30 }, () => parts[random.integer(0, parts.length - 1)]).join("");
    const text = `h\n${rest}`;
    await withFile(text, async (path) => {
      const table = await readCsvTable(path, { columns: [], next: NEXT });
      assertEquals([table.header, ...table.rows], parse(text));
    });
  }
  const lines = "Id,Target\r\n\r\n\nx,1\r\n\ny,\r\r\n,2\r";
  await withFile(lines, async (path) => {
    const table = await readCsvTable(path, { columns: [], next: NEXT });
    assertEquals([table.header, ...table.rows], parse(lines));
  });
});
