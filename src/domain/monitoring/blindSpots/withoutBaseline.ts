import type { Breathe } from "../../kernel/ports.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { USER } from "../../policy/types.ts";
import type { Detector } from "../detectors/detector.ts";
import type { BlindSpotStore } from "./store.ts";

/** Clients and people that act, and those of them of whom no detector has a baseline. */
export interface WithoutBaseline {
  readonly clients: { readonly ids: readonly string[]; readonly of: number };
  readonly people: { readonly count: number; readonly of: number };
}

/** Ids that are asked for at a time. */
export const PART = 2_000;

/** The subjects that hold a role, as baselines name them. */
async function holdersOf({ assignments }: Snapshot, breathe: Breathe): Promise<ReadonlySet<string>> {
  const holders = new Set<string>();
  let looked = 0;
  for (const held of assignments.values())
    for (const { subjectId, subjectType } of held.values()) {
      if (subjectId !== null) holders.add(`${subjectType ?? USER}/${subjectId}`);
      if (++looked % PART === 0) await breathe();
    }
  return holders;
}

/** Takes what there is a part at a time, with a breath before each. */
async function eachPart(
  ids: Iterable<string>,
  breathe: Breathe,
  take: (part: readonly string[]) => Promise<void>,
): Promise<void> {
  let part: string[] = [];
  for (const id of ids) {
    part.push(id);
    if (part.length < PART) continue;
    await breathe();
    await take(part);
    part = [];
  }
  if (part.length === 0) return;
  await breathe();
  await take(part);
}

/** Active clients, and subjects that hold a role, of whom none of the detectors has a baseline. Rejects with JOURNAL_UNAVAILABLE. */
export async function withoutBaseline({
  breathe,
  detectors,
  snapshot,
  store,
}: {
  readonly store: Pick<BlindSpotStore, "withoutBaseline">;
  readonly snapshot: Snapshot;
  readonly detectors: readonly Pick<Detector, "code">[];
  readonly breathe: Breathe;
}): Promise<WithoutBaseline> {
  const codes = detectors.map(({ code }) => code);
  const without = (kind: "CLIENT" | "SUBJECT", ids: readonly string[]) =>
    store.withoutBaseline({ kind, ids, detectors: codes });
  const active: string[] = [];
  for (const { id, status } of snapshot.clients.values()) if (status === "ACTIVE") active.push(id);
  const clients: string[] = [];
  await eachPart(active, breathe, async (part) => void clients.push(...(await without("CLIENT", part))));
  const holders = await holdersOf(snapshot, breathe);
  let people = 0;
  await eachPart(holders, breathe, async (part) => {
    people += (await without("SUBJECT", part)).length;
  });
  return { clients: { ids: clients.sort(), of: active.length }, people: { count: people, of: holders.size } };
}
