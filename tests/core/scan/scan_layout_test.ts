import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { SILENT } from "../../../core/base/output.ts";
import { scanLayout } from "../../../core/scan/scan_layout.ts";
import { SCAN_DEFAULTS, type ScanSettings } from "../../../core/scan/scan_settings.ts";
import { encodePng } from "../../../core/image/encode.ts";
import hpa from "../../../plugins/layouts/hpa.ts";
import { drawPicture, HASHES } from "./_pictures.ts";

/** Picture a with all channels in one file and its green channel in raw/, picture b in one file alone. */
async function newData(): Promise<string> {
  const dir = await Deno.makeTempDir();
  for (const folder of ["rgby/train", "raw/train"]) await Deno.mkdir(join(dir, folder), { recursive: true });
  for (const [place, id] of ["a", "b"].entries()) {
    const planes = [0, 1, 2, 3].map((channel) => drawPicture(10 * place + channel));
    const data = Uint8Array.from({ length: 4 * 48 * 48 }, (_, i) => planes[i % 4]!.data[i >> 2]!);
    await Deno.writeFile(
      join(dir, "rgby/train", `${id}.png`),
      await encodePng({ ...planes[0]!, channels: 4, data }),
    );
    if (id === "a") await Deno.writeFile(join(dir, "raw/train/a_green.png"), await encodePng(planes[1]!));
  }
  return dir;
}

async function scan(dir: string, given: Partial<ScanSettings> = {}) {
  const layout = await hpa.create({}, { dir });
  const settings = { ...SCAN_DEFAULTS, cache: false, ...given };
  return await scanLayout(layout, { sources: ["train"], hashes: HASHES, output: SILENT, settings });
}

describe("a scan of the hpa layout", () => {
  it("reads the green file where there is one, and the hash is the same", async () => {
    const dir = await newData();
    const { records } = await scan(dir);
    const name = (file: string) => file.slice(dir.length + 1);
    assertEquals(records.map(({ file, channel }) => [name(file), channel]), [
      ["raw/train/a_green.png", 1],
      ["rgby/train/b.png", 1],
    ]);
    await Deno.remove(join(dir, "raw/train/a_green.png"));
    const stacked = (await scan(dir)).records;
    assertEquals(
      stacked.map(({ hashes, digest }) => [hashes, digest]),
      records.map(({ hashes, digest }) => [hashes, digest]),
    );
  });

  it("takes all channels from the file that has them", async () => {
    const { records } = await scan(await newData(), { channels: "all" });
    assertEquals(records.map(({ id, channel }) => `${id}${channel}`), [
      "a0",
      "a1",
      "a2",
      "a3",
      "b0",
      "b1",
      "b2",
      "b3",
    ]);
  });

  it("keeps a cache apart for other hashes and channels", async () => {
    const dir = await newData();
    const counts = [];
    for (const channels of ["default", "default", "all", "default"] as const) {
      counts.push((await scan(dir, { cache: true, channels })).decoded);
    }
    assertEquals(counts, [2, 0, 2, 0]);
  });
});
