import { Problem } from "../../core/base/problem.ts";
import { Random } from "../../core/base/random.ts";
import { type DamagedKind, makeDamagedKinds } from "./_damaged_files.ts";
import { MUTATIONS } from "./_mutate.ts";
import { rounds } from "./_rounds.ts";

/** How many mutations, and what draws them. */
export interface MutationOptions {
  /** Of all kinds together. */
  readonly count: number;
  readonly seed: number;
}

/** What became of the mutations of one kind of file. */
export interface MutationCounts {
  readonly kind: string;
  readonly checked: boolean;
  /** Refused with a message; read with a warning; the same content without one; other content that nothing told. */
  refused: number;
  warned: number;
  same: number;
  different: number;
}

type Outcome = "refused" | "warned" | "same" | "different";

/** A reading takes milliseconds; this is for a machine that does much else. */
const LONGEST_MS = 10_000, LONGEST_MESSAGE = 4_000;
/** Among the other tests, which share the process, memory says nothing. */
const MOST_MEMORY = rounds(Infinity, 2 ** 31);

function checkError(error: unknown, path: string): void {
  if (!(error instanceof Problem)) {
    throw new Error("it ended in an error that is no Problem", { cause: error });
  }
  if (!error.message.includes(path)) throw new Error(`the message does not name "${path}": ${error.message}`);
  if (error.message.length > LONGEST_MESSAGE) {
    throw new Error(`a message of ${error.message.length} characters`);
  }
}

function outcomeOf(
  { editable = false }: DamagedKind,
  read: { readonly same: boolean; readonly warned: boolean },
): Outcome {
  if (!read.same && !editable) return "different";
  if (read.warned) return "warned";
  return read.same ? "same" : "different";
}

/** Reads a kind of which one file is damaged. */
async function readDamaged(kind: DamagedKind, path: string, good: string): Promise<Outcome> {
  const warnings: string[] = [];
  try {
    const content = await kind.read((message) => warnings.push(message));
    return outcomeOf(kind, { same: content === good, warned: warnings.length > 0 });
  } catch (error) {
    checkError(error, path);
    return "refused";
  }
}

function checkCost(milliseconds: number): void {
  const { rss } = Deno.memoryUsage();
  if (milliseconds > LONGEST_MS) throw new Error(`reading took ${milliseconds} ms`);
  if (rss > MOST_MEMORY) throw new Error(`reading took ${rss} bytes of memory`);
}

/** One mutation, which the seed, the kind and its number decide: damage, read, mend. */
async function tryMutation(kind: DamagedKind, good: string, random: Random): Promise<Outcome> {
  const path = random.choice(kind.files), name = random.choice(Object.keys(MUTATIONS));
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, MUTATIONS[name]!(bytes, random));
  try {
    const begin = performance.now();
    const outcome = await readDamaged(kind, path, good);
    checkCost(performance.now() - begin);
    if (outcome === "different" && kind.checked) throw new Error("other content was read without a word");
    return outcome;
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  } finally {
    await Deno.writeFile(path, bytes);
  }
}

async function mutateKind(kind: DamagedKind, { count, seed }: MutationOptions): Promise<MutationCounts> {
  const counts = { kind: kind.name, checked: kind.checked, refused: 0, warned: 0, same: 0, different: 0 };
  const good = await kind.read(() => {});
  for (let number = 0; number < count; number++) {
    try {
      counts[await tryMutation(kind, good, new Random(seed, "mutation", kind.name, number))] += 1;
    } catch (error) {
      throw new Error(
        `Mutation ${number} of ${kind.name}, PODIUM_TEST_SEED=${seed}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
  return counts;
}

/**
 * Damages files of every kind and reads them.
 *
 * @throws Error that names the mutation and the seed: an error that is no Problem or does not name the file, a long
 * message, a long or large reading, or other content without a word where a checksum tells it
 */
export async function runMutations({ count, seed }: MutationOptions): Promise<MutationCounts[]> {
  const dir = await Deno.makeTempDir();
  try {
    const kinds = await makeDamagedKinds(dir), results: MutationCounts[] = [];
    const each = Math.ceil(count / kinds.length);
    for (const kind of kinds) results.push(await mutateKind(kind, { count: each, seed }));
    return results;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
