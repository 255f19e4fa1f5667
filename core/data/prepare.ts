import { readExamplePixels } from "../image/decode.ts";
import type { Augmentation } from "../image/augmentation.ts";
import type { ImageFiles } from "../base/example.ts";
import type { Pixels } from "../base/pixels.ts";
import type { Transform } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { Problem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { type ImageCache, openImageCache } from "./image_cache.ts";
import { withViews } from "./views.ts";
import type { BrokenItem, Chunk, WorkerSetup } from "./messages.ts";

/** Turns files into network input. */
export interface Preparer {
  readonly transform: Transform;
  /** Fills the slot of a chunk; answers with the pictures that are broken. Other errors are thrown. */
  prepare(chunk: Chunk): Promise<BrokenItem[]>;
  /** Closes the cache. */
  close(): void;
}

type Read = { readonly pixels: Pixels } | { readonly problem: Problem };

/** What preparing needs beside the chunk. */
interface Tools {
  readonly setup: WorkerSetup;
  readonly transform: Transform;
  readonly cache: ImageCache | null;
}

async function read(files: ImageFiles, { setup, cache }: Tools): Promise<Read> {
  try {
    return {
      pixels: await cache?.read(files) ?? await readExamplePixels(files, { ...setup, blocking: true }),
    };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}

/** What a transform is made from. */
export type TransformSetup = Pick<WorkerSetup, "transform" | "split" | "channels">;

/** Stands between a transform and an operation it makes, to see what it draws. */
export type Watch = (name: string, operation: Augmentation) => Augmentation;

/** The transform that a setup names. */
export function makeTransform(
  registry: Registry,
  { transform, split, channels }: TransformSetup,
  watch: Watch = (_name, operation) => operation,
): Transform {
  return registry.get("transforms", transform.name).create(transform.params, {
    split,
    channels,
    augmentation: (name, params) => watch(name, registry.get("augmentations", name).create(params, {})),
  });
}

function makeViews(registry: Registry, setup: WorkerSetup): Transform {
  const { views, channels, transform: { name } } = setup;
  const transform = makeTransform(registry, setup);
  return views === null ? transform : withViews(transform, views, { name, channels });
}

async function prepareChunk(chunk: Chunk, tools: Tools): Promise<BrokenItem[]> {
  const { setup, transform } = tools;
  const slot = new Float32Array(chunk.slot);
  const length = transform.views * transform.size * transform.size * setup.channels;
  const broken: BrokenItem[] = [];
  let next: Promise<Read> | undefined;
  for (const [index, item] of chunk.items.entries()) {
    const result = await (next ?? read(item.files, tools));
    // sharp decodes the next picture on its own thread while this one is transformed.
    const following = chunk.items[index + 1];
    next = following && read(following.files, tools);
    if ("problem" in result) {
      broken.push({ position: item.position, message: result.problem.message, next: result.problem.next });
      continue;
    }
    const again = item.repeat ? [item.repeat] : [];
    const random = new Random(setup.seed, chunk.epoch, item.files.id, "augmentation", ...again);
    slot.set(transform.apply(result.pixels, random), item.position * length);
  }
  return broken;
}

/** Loads the plugins that a setup needs and makes its transform. Throws a config problem when they do not fit. */
export async function makePreparer(setup: WorkerSetup): Promise<Preparer> {
  const registry = await loadPlugins(setup.plugins, ["augmentations", "transforms"]);
  const transform = makeViews(registry, setup);
  const cache = setup.cache === null ? null : await openImageCache(setup.cache, setup.channels);
  return {
    transform,
    prepare: (chunk) => prepareChunk(chunk, { setup, transform, cache }),
    close: () => cache?.close(),
  };
}
