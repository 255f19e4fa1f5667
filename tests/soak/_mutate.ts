import type { Random } from "../../core/base/random.ts";

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** A place in bytes that are not empty. */
function placeIn({ length }: Uint8Array, random: Random): number {
  return random.integer(0, length - 1);
}

function noise(count: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.integer(0, 255));
}

/** Bytes with `inserted` at a place instead of the `removed` bytes there. */
function spliced(
  bytes: Uint8Array,
  at: number,
  change: { inserted?: Uint8Array; removed?: number },
): Uint8Array {
  const { inserted = new Uint8Array(0), removed = 0 } = change;
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const made = new Uint8Array(at + inserted.length + rest.length);
  made.set(bytes.subarray(0, at));
  made.set(inserted, at);
  made.set(rest, at + inserted.length);
  return made;
}

/** What disks, memory, transfers and editors do to files. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "flipped bit": (bytes, random) => {
    const changed = bytes.slice();
    changed[placeIn(bytes, random)]! ^= 1 << random.integer(0, 7);
    return changed;
  },
  "changed bytes": (bytes, random) => {
    const changed = bytes.slice();
    for (let count = random.integer(1, 3); count > 0; count--) {
      changed[placeIn(bytes, random)] = random.integer(0, 255);
    }
    return changed;
  },
  "changed digit": (bytes, random) => {
    const digits = [...bytes.keys()].filter((at) => bytes[at]! >= 48 && bytes[at]! <= 57);
    const changed = bytes.slice();
    if (digits.length > 0) changed[random.choice(digits)] = random.integer(48, 57);
    return changed;
  },
  truncation: (bytes, random) => bytes.slice(0, placeIn(bytes, random)),
  insertion: (bytes, random) =>
    spliced(bytes, placeIn(bytes, random), { inserted: noise(random.integer(1, 20), random) }),
  removal: (bytes, random) => spliced(bytes, placeIn(bytes, random), { removed: random.integer(1, 20) }),
  duplication: (bytes, random) => {
    const from = placeIn(bytes, random), length = random.integer(1, 300);
    return spliced(bytes, placeIn(bytes, random), { inserted: bytes.slice(from, from + length) });
  },
  "zeroed block": (bytes, random) => {
    const from = placeIn(bytes, random);
    return bytes.slice().fill(0, from, from + random.integer(1, 512));
  },
};

/** Damages bytes in one of these ways. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  return random.choice(Object.values(MUTATIONS))(bytes, random);
}
