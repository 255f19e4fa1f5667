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

/** Decodes and transforms image files into network input. */
export interface Preparer {
  readonly transform: Transform;
  /** Writes a chunk's images to its shared buffer; resolves to the broken images. Other errors are thrown. */
  prepare(chunk: Chunk): Promise<BrokenItem[]>;
  /** Closes the image cache. */
  close(): void;
}

type Read = { readonly pixels: Pixels } | { readonly problem: Problem };

/** Settings and resources shared by all chunks. */
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

/** Settings of {@link makeTransform}. */
export type TransformSetup = Pick<WorkerSetup, "transform" | "split" | "channels">;

/** Wraps the augmentations that a transform creates, for example to record their sampled parameters. */
export type AugmentationWrapper = (name: string, operation: Augmentation) => Augmentation;

/** Creates the transform that a setup names. */
export function makeTransform(
  registry: Registry,
  { transform, split, channels }: TransformSetup,
  wrap: AugmentationWrapper = (_name, operation) => operation,
): Transform {
  return registry.get("transforms", transform.name).create(transform.params, {
    split,
    channels,
    augmentation: (name, params) => wrap(name, registry.get("augmentations", name).create(params, {})),
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
    // Prefetch: sharp decodes the next image on its own thread while this one is transformed.
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

/**
 * Loads the transform and augmentation plugins and creates the transform. Throws a config problem on invalid settings.
 *
 * @param report told of damage to the image cache, perhaps several times of the same
 */
export async function makePreparer(
  setup: WorkerSetup,
  report: (message: string) => void = () => {},
): Promise<Preparer> {
  const registry = await loadPlugins(setup.plugins, ["augmentations", "transforms"]);
  const transform = makeViews(registry, setup);
  const cache = setup.cache === null ? null : await openImageCache(setup.cache, setup.channels, { report });
  return {
    transform,
    prepare: (chunk) => prepareChunk(chunk, { setup, transform, cache }),
    close: () => cache?.close(),
  };
}
