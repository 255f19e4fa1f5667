import { Random } from "../../../core/base/random.ts";
import { PNG_START } from "./draw.ts";
import { fileOf, type HostileImage } from "./hostile_image.ts";

/** Files that are no pictures, whatever they are called. */
export function noPictures(seed: number): HostileImage[] {
  const text = (name: string, words: string, ending = ".png") =>
    fileOf(name, ending, "refused", new TextEncoder().encode(words));
  const random = new Random(seed, "no picture");
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.integer(0, 255));
  return [
    text(
      "svg",
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    ),
    text(
      "svg that reads a file",
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
      ".jpg",
    ),
    text("html", "<!doctype html><title>404</title>", ".jpg"),
    text("pdf", "%PDF-1.7\n", ".tif"),
    text("pointer of git-lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
    text("empty", ""),
    text("one byte", "\x89"),
    text("beginning of png", "\x89PNG", ".png"),
    fileOf("png signature", ".png", "refused", PNG_START),
    fileOf("jpeg signature", ".jpg", "refused", Uint8Array.of(0xff, 0xd8, 0xff)),
    fileOf("zeros", ".bmp", "refused", new Uint8Array(100_000)),
    ...[10, 1000, 100_000].map((count) => fileOf(`${count} random bytes`, ".png", "refused", bytes(count))),
  ];
}

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  if (!success) throw new Error(`Cannot make the pipe ${path}`);
}

/** A file of 6 GB that takes no place on the disk. */
async function makeSparse(path: string): Promise<void> {
  using file = await Deno.create(path);
  await file.truncate(6e9);
}

/** What stands where a file should and is none that can be read whole. */
export function noFiles(): HostileImage[] {
  const other = (name: string, make: (path: string) => Promise<void>): HostileImage => ({
    name,
    ending: ".png",
    fate: "refused",
    make,
  });
  return [
    other("pipe", makePipe),
    other("link to dev zero", (path) => Deno.symlink("/dev/zero", path)),
    other("link to itself", (path) => Deno.symlink(path, path)),
    other("link to nowhere", (path) => Deno.symlink("nowhere.png", path)),
    other("link to a folder", (path) => Deno.symlink(".", path)),
    other("sparse file of 6 GB", makeSparse),
  ];
}
