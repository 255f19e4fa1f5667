/**
 * Python's pickle as data, never as a program: the opcodes that PyTorch's checkpoints use, and of all globals only those
 * the caller knows. Nothing is imported, called or evaluated. Source: Python's pickletools.
 */

import { quoted } from "../base/quoted.ts";
import {
  DEEPEST_NESTING,
  LONGEST_NAME,
  LONGEST_NUMBER,
  LONGEST_TEXT,
  MOST_KEPT,
  MOST_OPERATIONS,
  TALLEST_STACK,
} from "./pickle_limits.ts";

/** A value of a pickle. Dictionaries become Maps, lists and tuples arrays, long integers bigint. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledObject;

/** An object that a known global made, or the global itself. */
export class PickledObject {
  readonly kind: string;
  readonly values: readonly unknown[];

  constructor(kind: string, values: readonly unknown[] = []) {
    this.kind = kind;
    this.values = values;
  }
}

/** What the reader of a pickle allows. */
export interface PickleRules {
  /** The value of a global such as `torch.FloatStorage`; null refuses the file. */
  global(name: string): PickledObject | null;
  /** The result of calling a global; throws when that is not allowed. */
  call(callee: PickledObject, args: Pickled[]): Pickled;
  /** The object that a persistent id stands for. */
  persistent(id: Pickled): PickledObject;
}

/** A pickle that is broken, or holds what is not allowed. */
export class PickleError extends Error {
  override readonly name = "PickleError";
}

const MARK = Symbol("mark");
type Slot = Pickled | typeof MARK;
type Operation = (machine: Machine) => void;

class Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly rules: PickleRules;
  readonly memo = new Map<number, Pickled>();
  readonly stack: Slot[] = [];
  position: number;
  #work = 0;
  #marks = 0;

  constructor(bytes: Uint8Array, position: number, rules: PickleRules) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.rules = rules;
  }

  /** Counts operations, and items that an operation goes through: a short file could repeat a long list any number of times. */
  spend(count: number): void {
    this.#work += count;
    if (this.#work > MOST_OPERATIONS) {
      throw new PickleError(`it takes more than ${MOST_OPERATIONS} operations`);
    }
  }

  take(count: number): number {
    const at = this.position;
    if (count > this.bytes.length - at) throw new PickleError("it ends too early");
    this.position += count;
    return at;
  }

  text(length: number): string {
    const at = this.take(length);
    if (length > LONGEST_TEXT) {
      throw new PickleError(`a text of ${length} bytes, at most ${LONGEST_TEXT} are read`);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes.subarray(at, at + length));
  }

  line(): string {
    const length = this.bytes.subarray(this.position, this.position + LONGEST_NAME + 1).indexOf(10);
    if (length < 0) throw new PickleError(`a name that does not end within ${LONGEST_NAME} bytes`);
    const text = this.text(length);
    this.position += 1;
    return text;
  }

  push(value: Slot): void {
    if (this.stack.length === TALLEST_STACK) {
      throw new PickleError(`a stack of more than ${TALLEST_STACK} values`);
    }
    this.stack.push(value);
  }

  mark(): void {
    if (this.#marks === DEEPEST_NESTING) throw new PickleError(`nested deeper than ${DEEPEST_NESTING}`);
    this.#marks += 1;
    this.push(MARK);
  }

  pop(): Pickled {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw new PickleError("a value is missing");
    return value;
  }

  popToMark(): Pickled[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw new PickleError("a mark is missing");
    this.#marks -= 1;
    return this.stack.splice(at).slice(1) as Pickled[];
  }

  top(): Pickled {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw new PickleError("a value is missing");
    return value;
  }

  remember(index: number): void {
    if (this.memo.size === MOST_KEPT) throw new PickleError(`it keeps more than ${MOST_KEPT} values`);
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw new PickleError(`nothing was kept under ${index}`);
    this.push(value);
  }

  global(name: string): void {
    const found = this.rules.global(name);
    if (!found) throw new PickleError(`it asks for ${quoted(name)}, which is not among what weights need`);
    this.push(found);
  }
}

function long(machine: Machine, length: number): bigint {
  if (length > LONGEST_NUMBER) {
    throw new PickleError(`a number of ${length} bytes, at most ${LONGEST_NUMBER} are read`);
  }
  const at = machine.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(machine.bytes[at + i]!);
  const negative = length > 0 && machine.bytes[at + length - 1]! >= 128;
  return negative ? value - (1n << BigInt(8 * length)) : value;
}

function setItems(machine: Machine, pairs: Pickled[]): void {
  const target = machine.top();
  if (!(target instanceof Map) || pairs.length % 2 !== 0) throw new PickleError("items without a dictionary");
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i]!, pairs[i + 1]!);
}

function append(machine: Machine, values: Pickled[]): void {
  const target = machine.top();
  if (!Array.isArray(target)) throw new PickleError("items without a list");
  for (const value of values) target.push(value);
}

function reduce(machine: Machine): void {
  const args = machine.pop(), callee = machine.pop();
  if (!(callee instanceof PickledObject) || !Array.isArray(args)) {
    throw new PickleError("a call of what is no function");
  }
  for (const list of [args, ...args.filter(Array.isArray)]) machine.spend(list.length);
  machine.push(machine.rules.call(callee, args));
}

function tuple(machine: Machine, length: number): void {
  const values = Array.from({ length }, () => machine.pop()).reverse();
  machine.push(values);
}

function stackGlobal(machine: Machine): void {
  const name = machine.pop(), module = machine.pop();
  if (typeof name !== "string" || typeof module !== "string") throw new PickleError("a name that is no text");
  machine.global(`${module}.${name}`);
}

function u8(machine: Machine): number {
  return machine.view.getUint8(machine.take(1));
}

function u32(machine: Machine): number {
  return machine.view.getUint32(machine.take(4), true);
}

const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, (m) => m.take(1)], // PROTO
  [0x95, (m) => m.take(8)], // FRAME
  [0x28, (m) => m.mark()],
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4b, (m) => m.push(u8(m))], // BININT1
  [0x4d, (m) => m.push(m.view.getUint16(m.take(2), true))], // BININT2
  [0x4a, (m) => m.push(m.view.getInt32(m.take(4), true))], // BININT
  [0x47, (m) => m.push(m.view.getFloat64(m.take(8)))], // BINFLOAT
  [0x8a, (m) => m.push(long(m, u8(m)))], // LONG1
  [0x58, (m) => m.push(m.text(u32(m)))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(u8(m)))], // SHORT_BINUNICODE
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x85, (m) => tuple(m, 1)],
  [0x86, (m) => tuple(m, 2)],
  [0x87, (m) => tuple(m, 3)],
  [0x61, (m) => append(m, [m.pop()])], // APPEND
  [0x65, (m) => append(m, m.popToMark())], // APPENDS
  [0x73, (m) => setItem(m)], // SETITEM
  [0x75, (m) => setItems(m, m.popToMark())], // SETITEMS
  [0x71, (m) => m.remember(u8(m))], // BINPUT
  [0x72, (m) => m.remember(u32(m))], // LONG_BINPUT
  [0x94, (m) => m.remember(m.memo.size)], // MEMOIZE
  [0x68, (m) => m.recall(u8(m))], // BINGET
  [0x6a, (m) => m.recall(u32(m))], // LONG_BINGET
  [0x63, (m) => m.global(`${m.line()}.${m.line()}`)], // GLOBAL
  [0x93, stackGlobal],
  [0x52, reduce],
  [0x51, (m) => m.push(m.rules.persistent(m.pop()))], // BINPERSID
  [0x62, (m) => void m.pop()], // BUILD: attributes of a dictionary, such as a state dict's _metadata
]);

function setItem(machine: Machine): void {
  const value = machine.pop(), key = machine.pop();
  setItems(machine, [key, value]);
}

/**
 * Reads one pickle.
 *
 * @param start where it begins
 * @returns its value and where it ends
 * @throws PickleError on anything broken or not allowed
 */
export function readPickle(
  bytes: Uint8Array,
  rules: PickleRules,
  start: number = 0,
): { value: Pickled; end: number } {
  const machine = new Machine(bytes, start, rules);
  while (true) {
    machine.spend(1);
    const code = bytes[machine.take(1)]!;
    if (code === 0x2e) return { value: machine.pop(), end: machine.position };
    const operation = OPERATIONS.get(code);
    if (!operation) {
      throw new PickleError(`the operation 0x${code.toString(16)} is not among what weights need`);
    }
    operation(machine);
  }
}
