import { normalize } from "@std/path";
import { sha256OfFile } from "../../base/sha256.ts";
import { configProblem } from "../../base/problem.ts";
import { filesAmong, textsIn } from "../../bundle/run_files.ts";
import type { Unit, UnitKind } from "../unit.ts";
import type { UnitTask } from "../unit_task.ts";
import { unitId } from "../unit_id.ts";

/** A unit to be. */
export interface PlannedUnit<Kind extends UnitKind> {
  readonly kind: Kind;
  readonly title: string;
  readonly task: UnitTask<Kind>;
  /** The part of its task whose texts may name files: those are inputs, or made by units that it needs. */
  readonly named?: unknown;
  /** Units that it needs beside these. */
  readonly needs?: readonly Unit[];
  /** Files that it reads beside these. */
  readonly inputs?: readonly string[];
  /** Folder of the data, in which a task may name files. */
  readonly dataDir: string;
  readonly outputs: readonly string[];
  readonly threads?: number;
}

/** Whether two names stand for the same file, or one for a folder that the other is in. */
function overlap(one: string, other: string): boolean {
  return one === other || one.endsWith("/") && other.startsWith(one) ||
    other.endsWith("/") && one.startsWith(other);
}

/**
 * Collects the units of a plan. A file that a config names, such as a policy file, is an input, by its hash; one that an
 * earlier unit of the plan makes is a dependency instead, whether or not an older one is there.
 */
export class Planner {
  readonly units: Unit[] = [];
  /** What could not be shared out, and why. */
  readonly notes: string[] = [];
  readonly #makers = new Map<string, Unit>();
  readonly #hashes = new Map<string, string>();

  /** Adds a unit, or returns the one that is there already. Throws a config problem where two would write one file. */
  async add<Kind extends UnitKind>(planned: PlannedUnit<Kind>): Promise<Unit> {
    const { kind, title, named = [], needs = [], inputs = [], dataDir, threads = 0 } = planned;
    const task = JSON.parse(JSON.stringify(planned.task)) as Unit["task"];
    const texts = textsIn(named);
    const all = [...needs, ...texts.flatMap((text) => this.makerOf(text) ?? [])];
    const outputs = planned.outputs.map(normalize);
    const files = [...await filesAmong(texts, dataDir), ...inputs].map(normalize);
    const isInput = (path: string) => !outputs.includes(path) && this.makerOf(path) === undefined;
    const parts = {
      kind,
      task,
      needs: [...new Set(all.map(({ id }) => id))],
      inputs: await this.#hashed([...new Set(files)].filter(isInput)),
    };
    const unit: Unit = { id: unitId(parts), title, ...parts, outputs, estimate: null, threads };
    const known = this.units.find(({ id }) => id === unit.id);
    if (known) return known;
    this.#claim(unit);
    this.units.push(unit);
    return unit;
  }

  /** The unit that makes a file; undefined where none does. */
  makerOf(path: string): Unit | undefined {
    const exact = this.#makers.get(normalize(path));
    if (exact) return exact;
    const inside = [...this.#makers].find(([made]) => made.endsWith("/") && normalize(path).startsWith(made));
    return inside?.[1];
  }

  #claim(unit: Unit): void {
    for (const path of unit.outputs) {
      for (const [made, other] of this.#makers) {
        if (!overlap(path, made) || unit.needs.includes(other.id)) continue;
        throw configProblem(
          `Cannot plan "${unit.title}": "${path}" is what "${other.title}" writes`,
          "Give each config a train.dir of its own, none inside another",
        );
      }
    }
    for (const path of unit.outputs) this.#makers.set(path, unit);
  }

  async #hashed(paths: readonly string[]): Promise<Unit["inputs"]> {
    const inputs = [];
    for (const path of paths.toSorted()) {
      const sha256 = this.#hashes.get(path) ?? await sha256OfFile(path);
      this.#hashes.set(path, sha256);
      inputs.push({ path, sha256 });
    }
    return inputs;
  }
}
