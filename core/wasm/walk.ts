import type { WasmModule } from "./module.ts";

/** The fields of assembly/walk.ts's class `Walk`, in their order in memory. */
const FIELDS = [
  "source",
  "sourcePixel",
  "sourceImage",
  "height",
  "width",
  "target",
  "targetPixel",
  "targetImage",
  "targetWidth",
  "startY",
  "startX",
  "gridStepY",
  "gridStepX",
  "gridHeight",
  "gridWidth",
  "scaleY",
  "scaleX",
  "shiftY",
  "shiftX",
  "dilationY",
  "dilationX",
  "dividerY",
  "dividerX",
  "kernelWidth",
  "zeros",
  "spare",
] as const;

/** Maps output and filter positions to the source pixels they read; assembly/walk.ts documents each number. */
export type Walk = Readonly<Record<typeof FIELDS[number], number>>;

/** Writes a walk to the workspace, where kernels read it; returns its address. */
export function writeWalk({ memory, workspace }: WasmModule, walk: Walk): number {
  const to = new Int32Array(memory.buffer, workspace.walk, FIELDS.length);
  FIELDS.forEach((field, index) => to[index] = walk[field]);
  return workspace.walk;
}

/** A convolution's shape; `top` and `left` are the zeros before the picture. */
export interface ConvShape {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly top: number;
  readonly left: number;
  readonly groups: number;
}

/** From output positions to the input they read: for the forward pass and the filter's gradient. */
export function forwardWalk(shape: ConvShape, { workspace }: WasmModule): Walk {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = shape;
  return {
    source: 0,
    sourcePixel: inChannels * 4,
    sourceImage: inHeight * inWidth * inChannels * 4,
    height: inHeight,
    width: inWidth,
    target: 0,
    targetPixel: outChannels * 4,
    targetImage: outHeight * outWidth * outChannels * 4,
    targetWidth: outWidth,
    startY: 0,
    startX: 0,
    gridStepY: 1,
    gridStepX: 1,
    gridHeight: outHeight,
    gridWidth: outWidth,
    scaleY: shape.strideHeight,
    scaleX: shape.strideWidth,
    shiftY: -shape.top,
    shiftX: -shape.left,
    dilationY: shape.dilationHeight,
    dilationX: shape.dilationWidth,
    dividerY: 1,
    dividerX: 1,
    kernelWidth: shape.kernelWidth,
    zeros: workspace.zeros,
    spare: workspace.spare,
  };
}

/**
 * From input positions to the outputs that read them, for the input's gradient: a walk for each remainder of the
 * position divided by the stride, since positions of one remainder are read by the same filter positions.
 */
export function backwardWalks(shape: ConvShape, module: WasmModule): Walk[] {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, strideHeight, strideWidth } =
    shape;
  const walks: Walk[] = [];
  for (let startY = 0; startY < Math.min(strideHeight, inHeight); startY++) {
    for (let startX = 0; startX < Math.min(strideWidth, inWidth); startX++) {
      walks.push({
        ...forwardWalk(shape, module),
        sourcePixel: outChannels * 4,
        sourceImage: outHeight * outWidth * outChannels * 4,
        height: outHeight,
        width: outWidth,
        targetPixel: inChannels * 4,
        targetImage: inHeight * inWidth * inChannels * 4,
        targetWidth: inWidth,
        startY,
        startX,
        gridStepY: strideHeight,
        gridStepX: strideWidth,
        gridHeight: Math.ceil((inHeight - startY) / strideHeight),
        gridWidth: Math.ceil((inWidth - startX) / strideWidth),
        scaleY: 1,
        scaleX: 1,
        shiftY: shape.top,
        shiftX: shape.left,
        dilationY: -shape.dilationHeight,
        dilationX: -shape.dilationWidth,
        dividerY: strideHeight,
        dividerX: strideWidth,
      });
    }
  }
  return walks;
}

/** A matrix `[rows, inner]` times `[inner, columns]` as a convolution of single pixels. */
export function productShape(rows: number, inner: number, columns: number): ConvShape {
  return {
    batch: 1,
    inHeight: 1,
    inWidth: rows,
    inChannels: inner,
    outHeight: 1,
    outWidth: rows,
    outChannels: columns,
    kernelHeight: 1,
    kernelWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    top: 0,
    left: 0,
    groups: 1,
  };
}

/** A 1x1 convolution without padding and stride as one row of the pixels of all pictures; any other unchanged. */
export function flattened(shape: ConvShape): ConvShape {
  const { batch, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth } = shape;
  const pointwise = kernelHeight * kernelWidth === 1 && shape.top === 0 && shape.left === 0 &&
    inHeight === outHeight && inWidth === outWidth && shape.strideHeight * shape.strideWidth === 1;
  if (!pointwise) return shape;
  const flat = productShape(batch * inHeight * inWidth, shape.inChannels, shape.outChannels);
  return { ...flat, groups: shape.groups };
}
