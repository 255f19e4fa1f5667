import type { Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import { Clouds, type Grain, paint, ramp } from "./canvas.ts";

/** How a mask is worn. */
export type Mask = "wear" | "incorrect" | "none";

/** Options of {@link drawFace}. */
export interface FaceOptions {
  /** Random generator of the image: pose, background, mask. */
  readonly random: Random;
  /** Random generator of the person: skin and hair. */
  readonly look: Random;
  readonly grain: Grain;
  /** Image side in pixels. */
  readonly size: number;
  readonly female: boolean;
  readonly age: number;
  readonly mask: Mask;
}

type Colour = readonly [red: number, green: number, blue: number];

interface Face {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly skin: Colour;
  readonly hair: Colour;
  readonly cloth: Colour;
  readonly back: Colour;
  readonly options: FaceOptions;
}

function shade(colour: Colour, factor: number): Colour {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}

function pick(random: Random, colours: readonly Colour[]): Colour {
  return shade(random.choice(colours), random.uniform(0.9, 1.05));
}

const SKINS: readonly Colour[] = [[0.93, 0.78, 0.66], [0.82, 0.64, 0.5], [0.6, 0.42, 0.31]];
const DARK_HAIR: readonly Colour[] = [[0.12, 0.09, 0.07], [0.28, 0.17, 0.1], [0.4, 0.26, 0.12]];
const OLD_HAIR: readonly Colour[] = [[0.72, 0.72, 0.74], [0.85, 0.85, 0.86]];
const CLOTHS: readonly Colour[] = [[0.55, 0.78, 0.9], [0.95, 0.95, 0.96], [0.15, 0.15, 0.17]];
const BACKS: readonly Colour[] = [[0.75, 0.8, 0.7], [0.85, 0.75, 0.6], [0.5, 0.55, 0.65]];

function inventFace(options: FaceOptions): Face {
  const { random, look, age } = options;
  return {
    x: random.uniform(0.46, 0.54),
    y: random.uniform(0.48, 0.54),
    scale: random.uniform(0.3, 0.35),
    skin: pick(look, SKINS),
    hair: pick(look, age >= 60 ? OLD_HAIR : DARK_HAIR),
    cloth: pick(random, CLOTHS),
    back: pick(random, BACKS),
    options,
  };
}

function blend(values: Float64Array, colour: Colour, share: number): void {
  for (let c = 0; c < 3; c++) values[c] = values[c]! * (1 - share) + colour[c]! * share;
}

/** 1 inside an ellipse, 0 outside, with a soft edge. */
function ellipse(x: number, y: number, radii: readonly [number, number]): number {
  return ramp(1.05, 0.95, Math.hypot(x / radii[0], y / radii[1]));
}

function addHair(values: Float64Array, face: Face, x: number, y: number): void {
  const crown = ellipse(x, y + 0.25, [0.9, 1]);
  const long = face.options.female ? ellipse(x, y - 0.25, [1.05, 1.25]) : 0;
  blend(values, face.hair, Math.max(crown, long));
}

function addFeatures(values: Float64Array, face: Face, x: number, y: number): void {
  const side = Math.abs(x);
  blend(values, [0.97, 0.97, 0.97], ellipse(side - 0.3, y + 0.15, [0.15, 0.08]));
  blend(values, [0.1, 0.08, 0.08], ellipse(side - 0.3, y + 0.15, [0.07, 0.07]));
  blend(values, face.hair, ellipse(side - 0.3, y + 0.34, [0.19, 0.045]));
  blend(values, shade(face.skin, 0.75), ellipse(x, y - 0.12, [0.09, 0.16]));
  blend(
    values,
    face.options.female ? [0.8, 0.2, 0.25] : [0.65, 0.35, 0.33],
    ellipse(x, y - 0.5, [0.26, 0.08]),
  );
}

/** Wrinkles on the forehead and beside the mouth: none below age 30, some below 60, many above. */
function addWrinkles(values: Float64Array, face: Face, x: number, y: number): void {
  const lines = face.options.age < 30 ? 0 : face.options.age < 60 ? 1 : 3;
  for (let line = 0; line < lines; line++) {
    blend(values, shade(face.skin, 0.7), 0.8 * ellipse(x, y + 0.5 + 0.1 * line, [0.42, 0.025]));
    blend(
      values,
      shade(face.skin, 0.7),
      0.8 * ellipse(Math.abs(x) - 0.42 - 0.07 * line, y - 0.4, [0.025, 0.16]),
    );
  }
}

/** A worn mask covers nose and mouth, an incorrect one hangs below the nose. */
function addMask(values: Float64Array, face: Face, x: number, y: number): void {
  if (face.options.mask === "none") return;
  const top = face.options.mask === "wear" ? -0.02 : 0.33;
  const cover = ellipse(x, y, [0.8, 1.02]) * ramp(top - 0.03, top + 0.03, y);
  blend(values, shade(face.cloth, 1 - 0.08 * Math.abs(Math.sin(14 * y))), cover);
  const strap = ramp(0.06, 0.03, Math.abs(y - top - 0.05)) * ramp(0.6, 0.7, Math.abs(x)) *
    ramp(0.95, 0.9, Math.abs(x));
  blend(values, face.cloth, strap);
}

/** Draws a face, `[size, size, 3]`: long hair for women, gray hair and wrinkles by age, with or without a mask. */
export function drawFace(options: FaceOptions): Pixels {
  const { random, grain, size } = options;
  const face = inventFace(options);
  const clouds = new Clouds(random, 6);
  const offset = random.integer(0, 65535);
  return paint({ size, channels: 3 }, (values, column, row) => {
    const [u, v] = [(column + 0.5) / size, (row + 0.5) / size];
    const [x, y] = [(u - face.x) / face.scale, (v - face.y) / face.scale];
    blend(values, shade(face.back, 0.75 + 0.4 * clouds.at(u, v)), 1);
    blend(values, shade(face.cloth, 0.6), ellipse(x, y - 2.1, [1.5, 1.1]));
    addHair(values, face, x, y);
    blend(values, face.skin, ellipse(x, y, [0.78, 1]));
    addFeatures(values, face, x, y);
    addWrinkles(values, face, x, y);
    addMask(values, face, x, y);
    for (let c = 0; c < 3; c++) values[c]! += 0.012 * grain.at(column, row, offset);
  });
}
