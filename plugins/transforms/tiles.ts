import { z } from "zod";
import {
  type AnyPixels,
  type Box,
  crop,
  defineTransform,
  execute,
  normalize,
  type Random,
  type Shape,
} from "../../plugin.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";
import { makeOperations, modeParam, operationParam, orientationsOf } from "./_operations.ts";

const params = z.strictObject({
  size: sizeParam,
  grid: z.tuple([z.int().min(1), z.int().min(1)]).default([2, 2]).describe(
    "Rows and columns of tiles; their number is the number of views",
  ),
  tile: z.int().min(1).nullable().default(null).describe(
    "Side of a tile in pixels of the image; null: as large as the grid over the whole image makes them",
  ),
  overlap: z.number().min(0).max(0.9).default(0).describe(
    "Part of a tile's side that the next tile shows too, where tile is null",
  ),
  operations: z.array(operationParam).default([]).describe(
    "Operations in training: a list of [name, {params}]",
  ),
  always: z.array(operationParam).default([]).describe("Operations before those, in every split"),
  mode: modeParam,
  ...normalizationParams,
});

type Params = z.output<typeof params>;

/** The sides of a tile; a smaller image is its own tile. */
function tileShape({ height, width }: Shape, { tile, grid: [rows, columns], overlap }: Params): Shape {
  const side = (length: number, count: number) =>
    Math.max(1, Math.min(length, tile ?? Math.ceil(length / (count - (count - 1) * overlap))));
  return { height: side(height, rows), width: side(width, columns) };
}

/** Where the tiles of an axis start: evenly from the first edge to the last, a single one in the middle. */
function starts(free: number, count: number): number[] {
  if (count === 1) return [Math.round(free / 2)];
  return Array.from({ length: count }, (_, index) => Math.round(index * free / (count - 1)));
}

/** The tiles of an image, row by row. */
function tilesOf(shape: Shape, params: Params): Box[] {
  const tile = tileShape(shape, params), [rows, columns] = params.grid;
  const lefts = starts(shape.width - tile.width, columns);
  return starts(shape.height - tile.height, rows).flatMap((top) =>
    lefts.map((left) => ({ ...tile, top, left }))
  );
}

/** A tile anywhere in an image. */
function randomTile(shape: Shape, params: Params, random: Random): Box {
  const tile = tileShape(shape, params);
  const top = random.integer(0, shape.height - tile.height),
    left = random.integer(0, shape.width - tile.width);
  return { ...tile, top, left };
}

/**
 * For images that are large beside what is to be seen in them. Training shows one tile of each image and epoch, anywhere;
 * every other split all tiles of a grid, whose predictions are merged.
 */
export default defineTransform({
  name: "tiles",
  about:
    "In training a random tile of each image, elsewhere a grid of tiles as views; operations as in pipeline",
  params,
  create(given, context) {
    const { size, mode, grid } = given, training = context.split === "train";
    const normalization = normalizationOf(given, context.channels);
    const always = makeOperations(given.always, context), own = makeOperations(given.operations, context);
    const operations = training ? [...always, ...own] : always;
    const views = training ? 1 : grid[0] * grid[1], length = size * size * context.channels;
    const show = (pixels: AnyPixels, box: Box, random: Random) => {
      const execution = execute(crop(pixels, box), mode);
      execution.add(operations, random);
      return normalize(execution.finish({ height: size, width: size }), normalization);
    };
    const apply = (pixels: AnyPixels, random: Random) => {
      if (training) return show(pixels, randomTile(pixels, given, random), random);
      const all = new Float32Array(views * length);
      for (const [view, box] of tilesOf(pixels, given).entries()) {
        all.set(show(pixels, box, random), view * length);
      }
      return all;
    };
    return { views, viewable: true, orientations: orientationsOf(operations), size, apply, applyDeep: apply };
  },
});
