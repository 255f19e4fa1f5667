import * as tf from "@tensorflow/tfjs";

/** Settings of a grouped convolution; padding in zeros as [top, bottom, left, right]. */
export interface GroupedConvSettings {
  readonly groups: number;
  readonly strides: readonly [height: number, width: number];
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
}

type Attributes = Readonly<Record<string, unknown>>;
type Pads = [[number, number], [number, number], [number, number], [number, number]];

/**
 * Most channels of one dense convolution. A single block-diagonal filter over all groups is exact, but does `groups` times
 * the multiplications; one convolution a group launches `groups` times the operations. So groups are packed into parts.
 */
const PART_CHANNELS = 64;

/** How the groups are packed into dense convolutions. */
interface Packing {
  readonly parts: number;
  readonly groupsPerPart: number;
  /** Channels and filters of one group. */
  readonly channels: number;
  readonly filters: number;
}

function packing(filterShape: readonly number[], groups: number): Packing {
  const channels = filterShape[2]!, filters = filterShape[3]! / groups;
  let groupsPerPart = Math.max(1, Math.min(groups, Math.floor(PART_CHANNELS / channels)));
  while (groups % groupsPerPart !== 0) groupsPerPart -= 1;
  return { parts: groups / groupsPerPart, groupsPerPart, channels, filters };
}

function settingsOf(attributes: Attributes): { groups: number; strides: [number, number]; pad: Pads } {
  const { groups, strides, padding } = attributes as unknown as GroupedConvSettings;
  const [top, bottom, left, right] = padding;
  return { groups, strides: [...strides], pad: [[0, 0], [top, bottom], [left, right], [0, 0]] };
}

/** 1 where a channel and a filter of a part belong to one group: `[channels of a part, filters of a part]`. */
function groupMask({ groupsPerPart, channels, filters }: Packing): tf.Tensor2D {
  return tf.eye(groupsPerPart).reshape([groupsPerPart, 1, groupsPerPart, 1])
    .tile([1, channels, 1, filters]).reshape([
      groupsPerPart * channels,
      groupsPerPart * filters,
    ]) as tf.Tensor2D;
}

/** The filter of one part as a dense block-diagonal one. */
function denseFilter(filter: tf.Tensor4D, part: number, packed: Packing): tf.Tensor4D {
  const { groupsPerPart, channels, filters } = packed;
  const width = groupsPerPart * filters;
  const [height, breadth] = filter.shape;
  const own = filter.slice([0, 0, 0, part * width], [height, breadth, channels, width]);
  return own.tile([1, 1, groupsPerPart, 1]).mul(groupMask(packed)) as tf.Tensor4D;
}

function partOf(x: tf.Tensor4D, part: number, width: number): tf.Tensor4D {
  const [batch, height, breadth] = x.shape;
  return x.slice([0, 0, 0, part * width], [batch, height, breadth, width]);
}

function eachPart(parts: number, make: (part: number) => tf.Tensor4D): tf.Tensor {
  const made = Array.from({ length: parts }, (_, part) => tf.tidy(() => make(part)));
  return made.length === 1 ? made[0]! : tf.concat(made, 3);
}

/** The grouped convolution: a dense convolution per part. */
export function groupedConvForward(inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor[] {
  const { x, filter } = inputs as { x: tf.Tensor4D; filter: tf.Tensor4D };
  const { groups, strides, pad } = settingsOf(attributes);
  const packed = packing(filter.shape, groups);
  const width = packed.groupsPerPart * packed.channels;
  const convolve = (part: number) =>
    tf.conv2d(partOf(x, part, width), denseFilter(filter, part, packed), strides, pad);
  return [eachPart(packed.parts, convolve)];
}

function runOne(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as unknown as tf.NamedAttrMap) as tf.Tensor4D;
}

/** The gradient with respect to the input: that of a dense convolution per part. */
export function groupedConvInput(inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor[] {
  const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
  const { groups, strides, pad } = settingsOf(attributes);
  const packed = packing(filter.shape, groups);
  const width = packed.groupsPerPart * packed.filters;
  const inputShape = [
    ...(attributes.inputShape as number[]).slice(0, 3),
    packed.groupsPerPart * packed.channels,
  ];
  const settings = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined, inputShape };
  const convolve = (part: number) =>
    runOne(
      "Conv2DBackpropInput",
      { dy: partOf(dy, part, width), filter: denseFilter(filter, part, packed) },
      settings,
    );
  return [eachPart(packed.parts, convolve)];
}

/** The gradient with respect to the filter: that of a dense convolution per part, its blocks on the diagonal kept. */
export function groupedConvFilter(inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor[] {
  const { dy, x } = inputs as { dy: tf.Tensor4D; x: tf.Tensor4D };
  const { groups, strides, pad } = settingsOf(attributes);
  const packed = packing(attributes.filterShape as number[], groups);
  const { groupsPerPart, channels, filters } = packed;
  const [height, breadth] = attributes.filterShape as [number, number];
  const filterShape = [height, breadth, groupsPerPart * channels, groupsPerPart * filters];
  const settings = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined, filterShape };
  const gradient = (part: number) => {
    const parts = {
      x: partOf(x, part, groupsPerPart * channels),
      dy: partOf(dy, part, groupsPerPart * filters),
    };
    const dense = runOne("Conv2DBackpropFilter", parts, settings).mul(groupMask(packed));
    const blocks = dense.reshape([height * breadth, groupsPerPart, channels, groupsPerPart * filters]);
    return blocks.sum(1).reshape([height, breadth, channels, groupsPerPart * filters]) as tf.Tensor4D;
  };
  return [eachPart(packed.parts, gradient)];
}
