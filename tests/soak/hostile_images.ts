/** Pictures as a hostile or careless hand leaves them: odd but valid, damaged, no pictures, no regular files. */
import { join } from "@std/path";
import { formatKinds } from "./hostile/formats.ts";
import type { HostileImage } from "./hostile/hostile_image.ts";
import { LYING_PNGS } from "./hostile/lying_pngs.ts";
import { noPictures } from "./hostile/no_pictures.ts";
import { ODD_PICTURES } from "./hostile/odd_pictures.ts";

/** All kinds of files, damage drawn with a seed; what is no regular file is in `noFiles`. */
export function hostileImages(seed: number): HostileImage[] {
  return [...ODD_PICTURES, ...formatKinds(seed), ...LYING_PNGS, ...noPictures(seed)];
}

/** Writes pictures into a folder, one beside the other; each is an Id of its own. Returns their Ids. */
export async function writeHostile(folder: string, images: readonly HostileImage[]): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  for (const { name, ending, make } of images) await make(join(folder, name + ending));
  return images.map(({ name }) => name);
}
