import { badInput, type Problem, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { identifierProblem } from "../../kernel/text.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { consistencyRanges, inclusionRanges } from "./merkleTree.ts";
import type { Digest } from "./recordHash.ts";
import type { NoteSigner } from "./signedNote.ts";
import type { CheckpointKey, RecordedLeaf, RecordStore, StoredCheckpoint } from "./store.ts";

/** That a decision is a leaf of the tree under a checkpoint. */
export interface InclusionProof extends Omit<RecordedLeaf, "kind"> {
  /** From the leaf up (RFC 6962 section 2.1.1). */
  readonly hashes: readonly Digest[];
  readonly checkpoint: StoredCheckpoint;
}

/** That the tree of `to` leaves begins with that of `from` leaves. */
export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  /** RFC 6962 section 2.1.2. */
  readonly hashes: readonly Digest[];
}

/** What proves that nothing on record was changed. */
export interface RecordProofs {
  /** The newest checkpoint; null: none was signed yet. */
  checkpoint(): Promise<StoredCheckpoint | null>;
  /** Those that sign or have signed checkpoints, the oldest first. */
  keys(): Promise<readonly CheckpointKey[]>;
  /**
   * Signs the tree as it stands, where it has grown since the last checkpoint; answers with the newest one. Null: there is nothing on
   * record.
   * @throws ScopewardenError CONFLICT where the tree has grown and this instance has no key; INTERNAL where the tree no longer begins with what was signed: then nothing is signed over it
   */
  sign(): Promise<StoredCheckpoint | null>;
  /** @throws ScopewardenError NOT_FOUND, BAD_USER_INPUT, CONFLICT where no checkpoint has it and none can be signed here */
  inclusionProof(decisionId: string): Promise<InclusionProof>;
  /** @throws ScopewardenError BAD_USER_INPUT */
  consistencyProof(from: number, to: number): Promise<ConsistencyProof>;
}

export function createRecordProofs(deps: {
  readonly store: RecordStore;
  /** Null: this instance has no key. */
  readonly signer: () => Promise<NoteSigner | null>;
  readonly clock: Clock;
}): RecordProofs {
  const { clock, signer, store } = deps;

  async function requireSameTree({ root, size }: StoredCheckpoint): Promise<void> {
    const [now] = await store.hashesOf([{ from: 0, to: size }]);
    if (now === root) return;
    throw new ScopewardenError("INTERNAL", "The record is not the one that was signed: see scopewarden record verify.");
  }

  async function sign(): Promise<StoredCheckpoint | null> {
    const latest = await store.latestCheckpoint();
    const key = await signer();
    const head = await store.head();
    if (latest !== null) {
      if (latest.size > head.size)
        throw new ScopewardenError(
          "INTERNAL",
          "The record is shorter than what was signed: see scopewarden record verify.",
        );
      await requireSameTree(latest);
    }
    if (head.size === (latest?.size ?? 0)) return latest;
    if (key === null)
      throw new ScopewardenError(
        "CONFLICT",
        "No checkpoint has all that is on record, and this instance has no key to sign one with.",
      );
    await store.addCheckpoint({ ...head, note: signCheckpoint(head, key), signedAt: clock() }, key.publicKey);
    return store.latestCheckpoint();
  }

  /** A checkpoint whose tree has the leaf; null: there is none. */
  async function checkpointWith(index: number): Promise<StoredCheckpoint | null> {
    const latest = await store.latestCheckpoint();
    if (latest !== null && latest.size > index) return latest;
    const fresh = await sign();
    return fresh !== null && fresh.size > index ? fresh : null;
  }

  return {
    checkpoint: store.latestCheckpoint,
    keys: store.keys,
    sign,
    async inclusionProof(decisionId) {
      const problem = identifierProblem(decisionId);
      if (problem !== null) throw badInput([{ path: "decisionId", message: problem }]);
      await store.untilGrown();
      const leaf = await store.leafOf(decisionId);
      if (leaf === null || leaf.kind !== "DECISION")
        throw new ScopewardenError("NOT_FOUND", `There is no decision ${decisionId}.`);
      const checkpoint = await checkpointWith(leaf.index);
      if (checkpoint === null)
        throw new ScopewardenError(
          "CONFLICT",
          "No checkpoint has this decision, and this instance has no key to sign one with.",
        );
      const { entry, index, openings } = leaf;
      return {
        checkpoint,
        entry,
        hashes: await store.hashesOf(inclusionRanges(index, checkpoint.size)),
        index,
        openings,
      };
    },
    async consistencyProof(from, to) {
      await store.untilGrown();
      const { size } = await store.head();
      const problems: Problem[] = [];
      if (from < 1) problems.push({ path: "from", message: "must be 1 or more" });
      if (to < from || to > size)
        problems.push({ path: "to", message: `must be from \`from\` to ${size}, the size of the tree` });
      if (problems.length > 0) throw badInput(problems);
      return { from, to, hashes: await store.hashesOf(consistencyRanges(from, to)) };
    },
  };
}
