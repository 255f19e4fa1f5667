import type { QueueUnit } from "./queue_unit.ts";
import { countStates, describeNeeds, plainStatus, type UnitStatus, type WorkStatus } from "./unit_status.ts";

/** What a store knows of units that were run without a queue. */
export interface Outcomes {
  result(id: string): Promise<{ readonly machine: string; readonly ended: string } | null>;
  failure(
    id: string,
  ): Promise<{ readonly machine: string; readonly time: string; readonly message: string } | null>;
}

async function statusOf(unit: QueueUnit, outcomes: Outcomes): Promise<UnitStatus> {
  const result = await outcomes.result(unit.id);
  if (result !== null) {
    return { ...plainStatus(unit, "done"), machine: result.machine, since: result.ended };
  }
  const failure = await outcomes.failure(unit.id);
  if (failure === null) return plainStatus(unit, "waits");
  const { machine, time, message } = failure;
  return { ...plainStatus(unit, "failed"), machine, since: time, note: message, failures: 1 };
}

/** Where the units of a plan are, as far as their store tells: it does not know who runs what. */
export async function readPlanStatus(
  units: readonly QueueUnit[],
  { source, outcomes }: { readonly source: string; readonly outcomes: Outcomes },
): Promise<WorkStatus> {
  const known = new Map<string, UnitStatus>();
  for (const unit of units) known.set(unit.id, await statusOf(unit, outcomes));
  const all = units.map(({ id, needs }): UnitStatus => {
    return {
      ...known.get(id)!,
      waits_for: known.get(id)!.state === "waits" ? describeNeeds(needs, known) : [],
    };
  });
  return { source, time: new Date().toISOString(), counts: countStates(all), units: all };
}
