import type { Json } from "../base/json.ts";
import type { Pixels } from "../base/pixels.ts";
import type { Transform } from "../plugin/contracts.ts";
import { encodePng } from "../image/encode.ts";
import { resize } from "../image/resize.ts";
import { toRgb } from "../image/rgb.ts";

import { htmlPage } from "../report/page.ts";
import { escapeText } from "../report/svg.ts";

/** An applied operation with its sampled parameters. */
export interface AppliedOperation {
  readonly name: string;
  readonly sampled: Json;
}

/** One image of the preview. */
export interface PreviewCell {
  readonly pixels: Pixels;
  readonly operations: readonly AppliedOperation[];
}

/** One row of the preview: the network input for each image in one epoch, or without augmentation. */
export interface PreviewRow {
  readonly title: string;
  readonly cells: readonly PreviewCell[];
}

/** Side of an image on the page and in the grid, in pixels. */
const SIDE = 144;
/** Gap between images of the grid, in pixels. */
const GAP = 4;

/** Converts network input back to bytes: inverts upstream's fixed normalisation, stretches any other range. */
function toBytes(values: Float32Array): Uint8Array {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const fixed = low >= -0.5 && high <= 0.5;
  const [from, span] = fixed ? [-0.5, 1] : [low, Math.max(high - low, 1e-9)];
  return Uint8Array.from(values, (value) => Math.round((value - from) / span * 255));
}

/** The views of one transformed image. */
export function previewCells(
  values: Float32Array,
  transform: Transform,
  given: { readonly channels: number; readonly operations: readonly AppliedOperation[] },
): PreviewCell[] {
  const { views, size } = transform;
  const length = size * size * given.channels;
  return Array.from({ length: views }, (_, view) => {
    const data = toBytes(values.subarray(view * length, (view + 1) * length));
    return {
      pixels: { data, height: size, width: size, channels: given.channels },
      operations: given.operations,
    };
  });
}

function formatValue(value: Json): string {
  if (typeof value === "number") return String(Number(value.toPrecision(3)));
  if (Array.isArray(value)) return `[${value.map(formatValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([key, item]) => `${key} ${formatValue(item)}`).join(", ");
  }
  return String(value);
}

/**
 * Formats an applied operation for display.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeApplied({ name: "Rotate", sampled: { angle: 12.3456 } }), "Rotate(angle 12.3)");
 * assertEquals(describeApplied({ name: "InvertImg", sampled: {} }), "InvertImg");
 * ```
 */
export function describeApplied({ name, sampled }: AppliedOperation): string {
  const inside = formatValue(sampled);
  return inside === "" ? name : `${name}(${inside.length > 90 ? `${inside.slice(0, 87)}...` : inside})`;
}

/** A cell's image as RGB, scaled down to a thumbnail. */
function thumbnail({ pixels }: PreviewCell): Pixels {
  const side = Math.min(SIDE, pixels.height);
  const small = toRgb(resize(pixels, side, side));
  return small.channels === 3 ? small : { ...small, data: repeatGray(small.data), channels: 3 };
}

function repeatGray(gray: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]!);
}

/** Renders all cells as one image grid on white. */
export function previewGrid(rows: readonly PreviewRow[]): Pixels {
  const thumbnails = rows.map(({ cells }) => cells.map(thumbnail));
  const side = thumbnails[0]![0]!.height;
  const columns = Math.max(...thumbnails.map((row) => row.length));
  const width = columns * (side + GAP) + GAP, height = rows.length * (side + GAP) + GAP;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [r, row] of thumbnails.entries()) {
    for (const [c, { data: picture }] of row.entries()) {
      for (let y = 0; y < side; y++) {
        const start = (((r * (side + GAP) + GAP + y) * width) + c * (side + GAP) + GAP) * 3;
        data.set(picture.subarray(y * side * 3, (y + 1) * side * 3), start);
      }
    }
  }
  return { data, height, width, channels: 3 };
}

async function cellMarkup(cell: PreviewCell): Promise<string> {
  const address = `data:image/png;base64,${(await encodePng(thumbnail(cell))).toBase64()}`;
  const lines = cell.operations.map((operation) => escapeText(describeApplied(operation)));
  const text = lines.length > 0 ? lines.join("<br>") : "nothing";
  return `<td style="vertical-align:top;width:${SIDE}px"><img src="${address}" alt="" width="${SIDE}">` +
    `<div style="font-size:11px;overflow-wrap:anywhere">${text}</div></td>`;
}

/** Renders the preview as a self-contained HTML page: below each image the applied operations and their parameters. */
export async function previewPage(title: string, rows: readonly PreviewRow[]): Promise<string> {
  const markup = await Promise.all(rows.map(async ({ title: name, cells }) => {
    const inside = await Promise.all(cells.map(cellMarkup));
    return `<tr><th style="text-align:left;vertical-align:top">${escapeText(name)}</th>${
      inside.join("")
    }</tr>`;
  }));
  return htmlPage(title, [`<h1>${escapeText(title)}</h1>`, `<table>${markup.join("\n")}</table>`]);
}
