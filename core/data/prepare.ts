import { readExamplePixels } from "../image/decode.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import type { Augmentation } from "../image/augmentation.ts";
import type { ImageFiles } from "../base/example.ts";
import type { AnyPixels } from "../base/pixels.ts";
import type { Transform, TransformContext } from "../plugin/contracts.ts";
import { loadPlugins, type Registry } from "../plugin/registry.ts";
import { configProblem, Problem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { applyTransform } from "./apply_transform.ts";
import { checkAugmentationDepth } from "./check_depth.ts";
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

type Read = { readonly pixels: AnyPixels } | { readonly problem: Problem };

/** Settings and resources shared by all chunks. */
interface Tools {
  readonly setup: WorkerSetup;
  readonly transform: Transform;
  readonly cache: ImageCache | null;
  readonly decoders: readonly ImageDecoder[];
}

async function read(files: ImageFiles, { setup, cache, decoders }: Tools): Promise<Read> {
  try {
    return {
      pixels: await cache?.read(files) ??
        await readExamplePixels(files, { ...setup, decoders, blocking: true }),
    };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}

/** Settings of {@link makeTransform}. */
export type TransformSetup = Pick<WorkerSetup, "transform" | "split" | "channels" | "depth">;

/** Wraps the augmentations that a transform creates, for example to record their sampled parameters. */
export type AugmentationWrapper = (name: string, operation: Augmentation) => Augmentation;

/**
 * Creates the transform that a setup names.
 *
 * @throws a config problem when the depth is 16 and the transform or one of its augmentations works at 8 bits alone
 */
export function makeTransform(
  registry: Registry,
  { transform: { name, params }, split, channels, depth }: TransformSetup,
  wrap: AugmentationWrapper = (_name, operation) => operation,
): Transform {
  const augmentation: TransformContext["augmentation"] = (name, params) => {
    const made = registry.get("augmentations", name).create(params, {});
    checkAugmentationDepth(registry, { name, made, depth });
    return wrap(name, made);
  };
  const transform = registry.get("transforms", name).create(params, { split, channels, augmentation });
  if (depth === 8 || transform.applyDeep) return transform;
  throw configProblem(
    `Cannot use the transform "${name}" with data.depth 16: it works at 8 bits alone`,
    "Set data.depth to 8, name another transform by transform.name, or give this one applyDeep",
  );
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
    slot.set(applyTransform(transform, result.pixels, random), item.position * length);
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
  const registry = await loadPlugins(setup.plugins, ["augmentations", "transforms", "decoders"]);
  const transform = makeViews(registry, setup);
  const decoders = openDecoders(registry, setup.decoderParams);
  const cache = setup.cache === null
    ? null
    : await openImageCache(setup.cache, setup.channels, { ...setup, report });
  return {
    transform,
    prepare: (chunk) => prepareChunk(chunk, { setup, transform, cache, decoders }),
    close: () => cache?.close(),
  };
}
