import { readExamplePixels } from "../../image/decode.ts";
import type { ImageDecoder } from "../../image/decoders/image_decoder.ts";
import { encodePng } from "../../image/encode.ts";
import { toRgb } from "../../image/rgb.ts";
import { resize } from "../../image/resize.ts";
import type { Augmentation } from "../../image/augmentation.ts";
import type { Example } from "../../base/example.ts";
import type { OperationSpec } from "../../plugin/contracts.ts";
import type { Pixels } from "../../base/pixels.ts";
import { Problem } from "../../base/problem.ts";
import { Random } from "../../base/random.ts";
import { describeOperation, type Policy, type SubPolicy } from "../policy/policy.ts";
import type { PicturePair } from "./search_page.ts";

/** Side of an image on the page, in pixels. */
const SIDE = 160;
/** Maximum number of draws until an operation is applied; many draws of a weak policy change nothing. */
const DRAWS = 16;

/** Options of {@link picturePairs}. */
export interface PictureOptions {
  readonly policy: Policy;
  readonly seed: number;
  readonly channels: number;
  readonly maxPixels: number;
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
  /** Number of images. */
  readonly count: number;
  augmentation(operation: OperationSpec): Augmentation;
}

interface Applied {
  readonly pixels: Pixels;
  readonly ran: readonly OperationSpec[];
}

function applyOnce(
  pixels: Pixels,
  operations: SubPolicy,
  given: { random: Random } & PictureOptions,
): Applied {
  const ran: OperationSpec[] = [];
  for (const operation of operations) {
    const augmentation = given.augmentation(operation);
    const sampled = augmentation.sample(given.random, pixels);
    if (sampled === null) continue;
    pixels = augmentation.apply(pixels, sampled);
    ran.push(operation);
  }
  return { pixels, ran };
}

/** Applies the policy to an image: of several draws, the first that applies an operation. */
export function applyPolicy(pixels: Pixels, id: string, options: PictureOptions): Applied {
  let applied: Applied = { pixels, ran: [] };
  if (options.policy.length === 0) return applied;
  for (let draw = 0; draw < DRAWS && applied.ran.length === 0; draw++) {
    const random = new Random(options.seed, draw, id, "policy picture");
    applied = applyOnce(pixels, random.choice(options.policy), { ...options, random });
  }
  return applied;
}

async function dataAddress(pixels: Pixels): Promise<string> {
  const scale = SIDE / Math.max(pixels.height, pixels.width);
  const side = (length: number) => Math.max(1, Math.round(length * Math.min(1, scale)));
  const small = resize(pixels, side(pixels.height), side(pixels.width));
  return `data:image/png;base64,${(await encodePng(toRgb(small))).toBase64()}`;
}

/** The first readable images before and after the policy. Broken images are skipped. */
export async function picturePairs(
  examples: readonly Example[],
  options: PictureOptions,
): Promise<PicturePair[]> {
  const pairs: PicturePair[] = [];
  for (const example of examples) {
    if (pairs.length === options.count) break;
    try {
      const pixels = await readExamplePixels(example, options);
      const { pixels: changed, ran } = applyPolicy(pixels, example.id, options);
      const caption = ran.length === 0 ? "nothing ran" : ran.map(describeOperation).join(" > ");
      pairs.push({
        id: example.id,
        before: await dataAddress(pixels),
        after: await dataAddress(changed),
        caption,
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== "data") throw error;
    }
  }
  return pairs;
}
