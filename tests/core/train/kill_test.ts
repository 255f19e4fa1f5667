import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { listFiles, pathExists } from "../../../core/base/files.ts";
import { readJsonLines } from "../../../core/formats/json_lines.ts";
import { Random } from "../../../core/base/random.ts";
import { killAfterSave } from "./_kill.ts";
import type { EpochRecord } from "../../../core/train/types.ts";
import { readRecords } from "../../../core/report/tensorboard.ts";

const SCRIPT = fromFileUrl(new URL("./_killed_training.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-ffi", "--allow-sys"];
const KILLS = 5;

function start(dir: string, delay: number): Deno.ChildProcess {
  const args = ["run", "--no-check", ...PERMISSIONS, SCRIPT, dir, "wasm", String(delay)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).spawn();
}

async function weights(dir: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  const folder = join(dir, "checkpoint");
  for (const name of await listFiles(folder)) {
    // The resume file holds the length of the event file, whose records carry times.
    if (!/^(epoch|best)_.*\.safetensors$/.test(name)) continue;
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(join(folder, name)));
    hashes[name] = new Uint8Array(digest).toHex();
  }
  return hashes;
}

async function scores(dir: string): Promise<unknown[]> {
  const records = await readJsonLines(join(dir, "history.jsonl")) as unknown as EpochRecord[];
  return records.map(({ seconds: _seconds, ...record }) => record);
}

async function eventCount(dir: string): Promise<number> {
  const name = (await listFiles(dir)).find((file) => file.startsWith("events."))!;
  return readRecords(await Deno.readFile(join(dir, name))).length;
}

Deno.test("a training killed at random moments ends with the bytes of an uninterrupted one", async () => {
  const root = await Deno.makeTempDir();
  try {
    const [straight, killed] = [join(root, "straight"), join(root, "killed")];
    assertEquals((await start(straight, 0).status).code, 0);
    const random = new Random(Date.now(), "kill");
    const resume = join(killed, "checkpoint", "resume.safetensors");
    let kills = 0;
    for (let i = 0; i < KILLS; i++) {
      kills += Number(await killAfterSave(() => start(killed, 30), resume, { random, longest: 60 }));
    }
    assert(kills >= 3, `only ${kills} of ${KILLS} kills came before the end`);
    assertEquals((await start(killed, 0).status).code, 0);
    assertEquals(await weights(killed), await weights(straight));
    assertEquals(await scores(killed), await scores(straight));
    assertEquals(await eventCount(killed), await eventCount(straight));
    const halfWritten = (await listFiles(join(killed, "checkpoint"))).filter((name) =>
      name.endsWith(".part")
    );
    assertEquals(halfWritten, []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Ctrl-C saves, exits with 130, and the same command goes on", async () => {
  const root = await Deno.makeTempDir();
  try {
    const [straight, stopped] = [join(root, "straight"), join(root, "stopped")];
    assertEquals((await start(straight, 0).status).code, 0);
    const child = start(stopped, 60);
    const resume = join(stopped, "checkpoint", "resume.safetensors");
    while (!(await pathExists(resume))) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    assertEquals((await child.status).code, 130);
    assertEquals((await start(stopped, 0).status).code, 0);
    assertEquals(await weights(stopped), await weights(straight));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
