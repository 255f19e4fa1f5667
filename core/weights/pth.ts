import { dataProblem, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { describeShape } from "./dtypes.ts";
import { type Pickled, PickledObject, PickleError, type PickleRules, readPickle } from "./pickle.ts";
import { MOST_SIDES } from "./pickle_limits.ts";
import type { StoredTensor } from "./safetensors.ts";
import { copiedBytes, STORAGES, type StorageType, viewStorage } from "./torch_storage.ts";
import { readStoredZip } from "../formats/stored_zip.ts";

/** First value of a legacy file. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const REBUILDERS = new Set(["torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"]);

/** A storage that a pickle names; its bytes come from elsewhere in the file. */
interface StorageName {
  readonly type: StorageType;
  readonly key: string;
  readonly count: number;
}

/** A tensor that a pickle describes. */
interface TensorView {
  readonly storage: StorageName;
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];
}

function broken(reason: string): Problem {
  return dataProblem(
    `Cannot read the PyTorch file: ${reason}`,
    "Only weights are read, nothing is executed; save the state dict again with torch.save or as safetensors",
  );
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function global(name: string): PickledObject | null {
  if (name === "collections.OrderedDict" || name === "torch.Size" || REBUILDERS.has(name)) {
    return new PickledObject(name);
  }
  const type = STORAGES.get(name);
  return type ? new PickledObject("storage type", [type]) : null;
}

function persistent(id: Pickled): PickledObject {
  if (!Array.isArray(id)) throw new PickleError("a persistent id that is no tuple");
  const [tag, type, key, , count] = id;
  const known = tag === "storage" && type instanceof PickledObject && type.kind === "storage type";
  if (!known || typeof key !== "string" || !isCount(count)) {
    throw new PickleError("a persistent id that is no storage");
  }
  return new PickledObject("storage", [{
    type: (type as PickledObject).values[0] as StorageType,
    key,
    count,
  }]);
}

function call(callee: PickledObject, args: Pickled[]): Pickled {
  if (callee.kind === "collections.OrderedDict") {
    const pairs = (args[0] ?? []) as Pickled[];
    if (!Array.isArray(pairs) || !pairs.every(Array.isArray)) {
      throw new PickleError("an OrderedDict of no pairs");
    }
    return new Map(pairs as [Pickled, Pickled][]);
  }
  if (callee.kind === "torch.Size") return (args[0] ?? []) as Pickled;
  if (callee.kind === "torch._utils._rebuild_parameter") return args[0] ?? null;
  if (callee.kind === "torch._utils._rebuild_tensor_v2") return rebuildTensor(args);
  throw new PickleError(`a call of ${callee.kind}`);
}

function rebuildTensor([storage, offset, shape, strides]: Pickled[]): PickledObject {
  const counts = (list: Pickled | undefined): list is number[] =>
    Array.isArray(list) && list.length <= MOST_SIDES && list.every(isCount);
  const named = storage instanceof PickledObject && storage.kind === "storage";
  if (!named || !isCount(offset) || !counts(shape) || !counts(strides) || shape.length !== strides.length) {
    throw new PickleError("a tensor whose description is broken");
  }
  return new PickledObject("tensor", [{ storage: storage.values[0], offset, shape, strides }]);
}

const RULES: PickleRules = { global, persistent, call };

function isTensor(value: Pickled | undefined): value is PickledObject {
  return value instanceof PickledObject && value.kind === "tensor";
}

/** Names under which training scripts keep the weights beside other things. */
const NESTED = ["state_dict", "model_state_dict", "model", "net", "params"];

/** The tensors of a state dict, or of one that lies in a checkpoint under a usual name. */
function tensorViews(root: Pickled): Map<string, TensorView> {
  if (!(root instanceof Map)) throw broken("it holds no state dict");
  const nested = NESTED.map((name) => root.get(name)).find((value) => value instanceof Map);
  const dict = nested instanceof Map ? nested : root;
  const views = new Map<string, TensorView>();
  for (const [name, value] of dict) {
    if (typeof name === "string" && isTensor(value)) views.set(name, value.values[0] as TensorView);
  }
  if (views.size === 0) throw broken("it holds no tensors under a usual name");
  return views;
}

/** Where the bytes of storages are, and how many the whole file has. */
interface StorageSource {
  readonly size: number;
  find(storage: StorageName): Uint8Array;
}

/** Tensors that lie turned in their storages are copied: at most so many times the bytes of the file. */
const MOST_COPIES = 2;

function materialise(
  views: ReadonlyMap<string, TensorView>,
  { size, find }: StorageSource,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  let copied = 0;
  for (const [name, { storage: { type, count, key }, ...place }] of views) {
    const bytes = find({ type, count, key });
    if (bytes.length !== type.bytes * count) {
      throw broken(`${quoted(name)} has ${bytes.length} bytes for ${count} values`);
    }
    const view = { ...place, type, count };
    copied += copiedBytes(view);
    if (copied > MOST_COPIES * size) throw broken("its tensors lie over each other again and again");
    const data = viewStorage(bytes, view);
    if (!data) {
      throw broken(
        `${quoted(name)} of shape ${describeShape(view.shape)} reaches beyond its ${count} values`,
      );
    }
    tensors.set(name, { dtype: type.dtype, shape: view.shape, data });
  }
  return tensors;
}

/** The storages of a file by their keys. */
function storageSource(
  { length: size }: Uint8Array,
  storages: ReadonlyMap<string, Uint8Array>,
  prefix = "",
): StorageSource {
  return {
    size,
    find({ key }) {
      const found = storages.get(prefix + key);
      if (!found) throw broken(`the storage ${quoted(key)} is missing`);
      return found;
    },
  };
}

function readZip(bytes: Uint8Array): Map<string, StoredTensor> {
  const files = readStoredZip(bytes);
  const path = [...files.keys()].find((name) => name === "data.pkl" || name.endsWith("/data.pkl"));
  if (path === undefined) throw broken("it is a zip archive without data.pkl");
  const folder = path.slice(0, -"data.pkl".length);
  const order = files.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== "little") throw broken("its byte order is not little");
  const { value } = readPickle(files.get(path)!, RULES);
  const storages = new Map([...files].map(([name, content]) => [name.slice(folder.length), content]));
  return materialise(tensorViews(value), storageSource(bytes, storages, "data/"));
}

function readLegacy(bytes: Uint8Array): Map<string, StoredTensor> {
  const types = new Map<string, StorageType>();
  const rules = { ...RULES, persistent: (id: Pickled) => recordType(types, persistent(id)) };
  let position = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, rules, position);
    position = end;
    return value;
  };
  const [magic, protocol, , root, keys] = [next(), next(), next(), next(), next()];
  if (magic !== LEGACY_MAGIC || protocol !== LEGACY_PROTOCOL) {
    throw broken("it is neither a zip archive nor of the old format");
  }
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) {
    throw broken("its list of storages is broken");
  }
  const storages = legacyStorages(bytes, position, { keys: keys as string[], types });
  return materialise(tensorViews(root), storageSource(bytes, storages));
}

/** Keeps the type of a storage: only the pickle names it, and the storages of all tensors follow the pickle. */
function recordType(types: Map<string, StorageType>, named: PickledObject): PickledObject {
  const { key, type } = named.values[0] as StorageName;
  types.set(key, type);
  return named;
}

/** Storages in the order of the list, each a count of values and the values. */
function legacyStorages(
  bytes: Uint8Array,
  start: number,
  { keys, types }: { keys: readonly string[]; types: ReadonlyMap<string, StorageType> },
): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Uint8Array>();
  let position = start;
  for (const key of keys) {
    const type = types.get(key);
    if (!type) throw broken(`the storage ${quoted(key)} belongs to nothing`);
    if (position + 8 > bytes.length) throw broken("it ends too early");
    const length = Number(view.getBigUint64(position, true)) * type.bytes;
    if (length > bytes.length - position - 8) throw broken("it ends too early");
    storages.set(key, bytes.subarray(position + 8, position + 8 + length));
    position += 8 + length;
  }
  return storages;
}

/**
 * Reads the weights of a file that torch.save wrote, in the zip format of PyTorch 1.6 or the old one. The pickle inside
 * is read as data with a short list of allowed names; nothing in it is executed.
 *
 * @returns tensors by name, little-endian in C order
 * @throws Problem (data) when the file is broken, or asks for anything but weights
 */
export function readPth(bytes: Uint8Array): Map<string, StoredTensor> {
  try {
    return bytes[0] === 0x50 && bytes[1] === 0x4b ? readZip(bytes) : readLegacy(bytes);
  } catch (error) {
    if (error instanceof PickleError) throw broken(error.message);
    if (error instanceof TypeError) throw broken("a text in it is not UTF-8");
    throw error;
  }
}
