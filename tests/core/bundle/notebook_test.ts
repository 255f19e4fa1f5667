import { assertEquals } from "@std/assert";
import { bundleNotebook } from "../../../core/bundle/notebook.ts";
import { shellWord } from "../../../core/bundle/launcher.ts";

/** What a shell makes of words. */
async function echoed(words: string): Promise<string[]> {
  const args = ["-c", `printf '%s\\n' ${words}`];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("a shell reads words as they were", async () => {
  const words = ["configs/a.yml", "--x=1.5", "two words", "it's", "$HOME", "`id`", 'a"b', "*", "a;b", "ünï"];
  assertEquals(await echoed(words.map(shellWord).join(" ")), words);
});

Deno.test("a notebook is nbformat 4: code cells of %env and ! lines, one prediction a cell, the result last", () => {
  const prediction = {
    config: "a b.yml",
    checkpoint: "c.safetensors",
    output: "p.csv",
    flags: ["--num_tta=8"],
  };
  const { cells, ...notebook } = JSON.parse(bundleNotebook({
    predictions: [prediction, { ...prediction, config: "d.yml", output: "q.csv", flags: [] }],
    submission: { config: "s.yml", output: "submissions/s.csv" },
  }));
  assertEquals([notebook.nbformat, notebook.metadata.kernelspec.name], [4, "python3"]);
  const code = cells.filter(({ cell_type }: { cell_type: string }) => cell_type === "code");
  for (const cell of code) {
    const keys = Object.keys(cell).sort();
    assertEquals(keys, ["cell_type", "execution_count", "metadata", "outputs", "source"]);
    for (const line of cell.source) assertEquals(/^(%env \w+=|!)/.test(line), true, line);
  }
  const text = (cell: { source: string[] }) => cell.source.join("");
  assertEquals(code.slice(2).map(text), [
    `!sh "$WORK/podium" inference 'a b.yml' --checkpoint=c.safetensors --split=test --num_tta=8 --output=p.csv`,
    `!sh "$WORK/podium" inference d.yml --checkpoint=c.safetensors --split=test --output=q.csv`,
    `!sh "$WORK/podium" make_submission s.yml\n!cp "$WORK"/submissions/s.csv "$RESULTS/submission.csv"`,
  ]);
});
