// Writes a file in its own process and stops in the middle, for a test that kills it: deno run ... _writing.ts <path>
import { writeAll, writeWhole } from "../../../core/base/part_files.ts";

await writeWhole(Deno.args[0]!, async (file) => {
  await writeAll(file, new Uint8Array(1000), Deno.args[0]!);
  await writeAll(Deno.stdout as unknown as Deno.FsFile, new TextEncoder().encode("begun\n"), "stdout");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
