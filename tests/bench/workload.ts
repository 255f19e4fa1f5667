/** How a contestant computes; what is left out is off, and the precision float32. */
export interface Mode {
  /** Replay the computation as one TensorFlow function (backend tensorflow), as `train.recorded` does. */
  readonly recorded?: boolean;
  /** Number format of convolutions and matrix products. */
  readonly precision?: "float32" | "bfloat16";
  /** Keep the channels of a pixel side by side in memory (torch). */
  readonly channelsLast?: boolean;
  /** Compile with torch.compile (torch). */
  readonly compiled?: boolean;
  /** Compile with the weights as constants (torch, inference): normalisations are folded, conversions happen once. */
  readonly frozen?: boolean;
}

/** What one contestant does over and over. */
export interface Workload extends Mode {
  /** A training step, a forward pass of a folded model, or the operations by themselves. */
  readonly kind: "train" | "inference" | "ops";
  readonly model: string;
  /** Side of the pictures in pixels. */
  readonly size: number;
  readonly batch: number;
  readonly channels: number;
  readonly classes: number;
  readonly threads: number;
  /** A backend's name, or torch. */
  readonly backend: string;
  /** Filters of the first stage, where not the model's usual. */
  readonly width?: number;
  /** Collect JavaScript's garbage now and then before memory is read, so that what is left is what is kept. */
  readonly collect?: boolean;
  /** Give large blocks of freed memory back to the system at once, so that what is resident is in use (TensorFlow, glibc). */
  readonly returnMemory?: boolean;
}

/** One convolution or matrix product that the ops benchmark runs. */
export interface OperationWorkload {
  readonly name: string;
  readonly kind: "conv2d" | "matmul";
  /** Side of the picture, or of the matrix. */
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
}

function convolution(size: number, inputs: number, rest: Partial<OperationWorkload>): OperationWorkload {
  const { outputs = inputs, kernel = 3, stride = 1 } = rest;
  const name = `conv ${size}x${size}x${inputs}->${outputs} k${kernel} s${stride}`;
  return { name, kind: "conv2d", size, inputs, outputs, kernel, stride };
}

/** The convolutions of the residual networks, batch 8, and a square matrix product. */
export const OPERATIONS: readonly OperationWorkload[] = [
  convolution(224, 4, { outputs: 64, kernel: 7, stride: 2 }),
  convolution(56, 64, {}),
  convolution(56, 64, { outputs: 128, stride: 2 }),
  convolution(28, 128, {}),
  convolution(28, 256, { kernel: 1 }),
  convolution(14, 256, {}),
  convolution(7, 512, {}),
  { name: "matmul 1024", kind: "matmul", size: 1024, inputs: 1024, outputs: 1024, kernel: 1, stride: 1 },
];

/** Pictures in the convolutions of the ops benchmark. */
export const OPERATION_BATCH = 8;

/** Floating-point operations of one run, a multiply-add counted as two. */
export function operationFlops({ kind, size, inputs, outputs, kernel, stride }: OperationWorkload): number {
  if (kind === "matmul") return 2 * size * inputs * outputs;
  const side = Math.ceil(size / stride);
  return 2 * OPERATION_BATCH * side * side * outputs * inputs * kernel * kernel;
}

/** Something to time, by name; it resolves when its result is computed. */
export type Runs = Readonly<Record<string, () => Promise<void>>>;

/** What a contestant answers to one request. */
export interface Measurement {
  /** By what was measured: "step", or an operation's name. */
  readonly milliseconds: Readonly<Record<string, number>>;
  /** Processor time of the whole process, all threads together; a busy machine disturbs it less. */
  readonly cpuMilliseconds: number;
  /** Native operations launched, where that is counted. */
  readonly launches: number | null;
  /** Resident memory now. */
  readonly residentBytes: number;
  /** Tensors that TensorFlow.js holds; 0 for torch. */
  readonly tensors: number;
  /** Resident memory at its largest so far. */
  readonly peakBytes: number;
}

/** What a contestant says when it is ready. */
export interface Ready {
  /** Who it is: version, device, threads. */
  readonly line: string;
  /** Floating-point operations of one forward pass of one picture; 0 for the ops benchmark. */
  readonly flops: number;
}

/** What a contestant says when it cannot run here. */
export interface Absent {
  /** Why. */
  readonly absent: string;
}
