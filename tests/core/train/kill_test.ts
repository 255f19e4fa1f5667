import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { listFiles } from "../../../core/base/files.ts";
import { Random } from "../../../core/base/random.ts";
import { readRecords } from "../../../core/report/tensorboard.ts";
import { type HeldProgram, killAfterSave, signalAfterSave } from "../../_held_process.ts";
import { testSeed } from "../../_seed.ts";
import { recordsOf } from "./_history.ts";

const SCRIPT = fromFileUrl(new URL("./_killed_training.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-ffi", "--allow-sys"];
/** The training has 24 resume points, and each killed run gets three further at most. */
const KILLS = 5, FURTHER = 3;

/** Trains to the end. */
async function train(dir: string): Promise<void> {
  const args = ["run", "--no-check", ...PERMISSIONS, SCRIPT, dir, "wasm", "0"];
  const { code } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).output();
  assertEquals(code, 0);
}

/** A training with 30 milliseconds between its batches that stops after a few resume points. */
function held(dir: string): HeldProgram {
  const file = join(dir, "checkpoint", "resume.safetensors");
  return { command: [SCRIPT, dir, "wasm", "30"], file, times: FURTHER };
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
  const records = await recordsOf(dir);
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
    await train(straight);
    const random = new Random(testSeed("moments of kills"), "kill");
    for (let i = 0; i < KILLS; i++) await killAfterSave(held(killed), { wait: random.uniform(0, 60) });
    await train(killed);
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
    await train(straight);
    assertEquals((await signalAfterSave(held(stopped), "SIGINT")).code, 130);
    await train(stopped);
    assertEquals(await weights(stopped), await weights(straight));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
