import { Arg, Ctx, ID, Int, Query, Resolver } from "type-graphql";
import type { Json } from "../domain/kernel/canonical.ts";
import { readCheckpoint } from "../domain/record/tree/checkpoint.ts";
import type * as proofs from "../domain/record/tree/recordProofs.ts";
import type * as store from "../domain/record/tree/store.ts";
import { writeTlogProof } from "../domain/record/tree/tlogProof.ts";
import { ArchivedMonth, archivedMonthOf } from "./archivedMonths.ts";
import type { GraphqlContext } from "./context.ts";
import { int, json, objectType, of, text, time } from "./graphqlTypes.ts";

const checkpointOf = ({ note, root, signedAt: at, size }: store.StoredCheckpoint) => ({
  origin: readCheckpoint(note)?.origin ?? "",
  size,
  rootHash: root,
  at,
  note,
});
const Checkpoint = objectType<ReturnType<typeof checkpointOf>>(
  "Checkpoint",
  "A signed head of the tree of all that is on record. Keep one to prove later that nothing before it was changed.",
  {
    origin: text("What the record is called."),
    size: int("How many acts the tree has."),
    rootHash: text("Its root in base64 (RFC 6962)."),
    at: time("When it was signed, by the clock of the instance; no part of what is signed."),
    note: text("The checkpoint itself (C2SP tlog-checkpoint), to be kept, and for `scopewarden record verify`."),
  },
);

const keyOf = ({ madeAt: at, publicKey, sinceSize, untilSize }: store.CheckpointKey) => ({
  publicKey,
  at,
  sinceSize,
  untilSize,
});
const CheckpointKey = objectType<ReturnType<typeof keyOf>>("CheckpointKey", "A key that checkpoints are signed with.", {
  publicKey: text("The public key (C2SP signed-note): name, id and key."),
  at: time("When it was made, or took over."),
  sinceSize: int("How large the tree was then."),
  untilSize: int.orNull("The size of the last checkpoint that is its own; null: it is the current key."),
});

const OpeningType = objectType<{ readonly path: string; readonly salt: string; readonly value: Json }>(
  "CommitmentOpening",
  "What proves one value against its commitment in the entry.",
  {
    path: text("Where the value stands in the record."),
    salt: text("The salt of this field in base64."),
    value: json("The value."),
  },
);

const inclusionOf = ({ checkpoint, entry, hashes, index, openings }: proofs.InclusionProof) => ({
  index,
  entry,
  hashes,
  openings: Object.entries(openings).map(([path, { salt, value }]) => ({ path, salt, value })),
  checkpoint: checkpointOf(checkpoint),
  tlogProof: writeTlogProof({
    ...{ extra: Buffer.from(entry, "utf8").toString("base64"), index, hashes },
    checkpoint: checkpoint.note,
  }),
});
const InclusionProof = objectType<ReturnType<typeof inclusionOf>>(
  "InclusionProof",
  "That a decision is on record, as it says: for `scopewarden record verify-proof`, or a verifier of your own.",
  {
    index: int("Its number in the tree, from 0."),
    entry: text(
      "The leaf's entry: the decision as canonical JSON, with commitments in place of what identifies people.",
    ),
    hashes: text.list("The proof in base64, from the leaf up (RFC 6962 section 2.1.1)."),
    openings: of(OpeningType).list("The values that identify people, as far as they were not erased."),
    checkpoint: of(Checkpoint)("The checkpoint that it proves against."),
    tlogProof: text(
      "The same without openings as a C2SP tlog-proof, the entry in its extra data; for a file of its own.",
    ),
  },
);

const ConsistencyProof = objectType<proofs.ConsistencyProof>(
  "ConsistencyProof",
  "That the tree of `to` acts begins with all of the tree of `from` acts.",
  {
    from: int("The earlier size."),
    to: int("The later size."),
    hashes: text.list("The proof in base64 (RFC 6962 section 2.1.2)."),
  },
);

@Resolver()
export class RecordResolver {
  @Query(() => Checkpoint, {
    nullable: true,
    description:
      "The newest checkpoint; null: none was signed yet. One is signed every minute in which something was put on record.",
  })
  async checkpoint(@Ctx() { domain }: GraphqlContext) {
    const checkpoint = await domain.recordProofs.checkpoint();
    return checkpoint === null ? null : checkpointOf(checkpoint);
  }

  @Query(() => [CheckpointKey], {
    description:
      "The keys that sign checkpoints, or did, the oldest first. Compare them with what you were given by another way.",
  })
  async checkpointKeys(@Ctx() { domain }: GraphqlContext) {
    return (await domain.recordProofs.keys()).map(keyOf);
  }

  @Query(() => [ArchivedMonth], {
    description: "The months whose acts are in files and no longer in the database, the oldest first.",
  })
  async archives(@Ctx() { domain }: GraphqlContext) {
    return (await domain.archivedIn({})).map(archivedMonthOf);
  }

  @Query(() => InclusionProof, {
    description:
      "Proves that a decision is on record, against the newest checkpoint; one is signed where none has it yet. That it was read is on record. NOT_FOUND; CONFLICT where none has it and this instance has no key.",
  })
  async inclusionProof(
    @Arg("decisionId", () => ID, { description: "The decision's id." }) decisionId: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return inclusionOf(await domain.recordReads.inclusionProof(caller, decisionId));
  }

  @Query(() => ConsistencyProof, {
    description: "Proves that the record has only grown from one size to another. BAD_USER_INPUT.",
  })
  consistencyProof(
    @Arg("from", () => Int, { description: "The size in an earlier checkpoint, 1 at least." }) from: number,
    @Arg("to", () => Int, { description: "The size in a later one, at most that of the tree." }) to: number,
    @Ctx() { domain }: GraphqlContext,
  ) {
    return domain.recordProofs.consistencyProof(from, to);
  }
}
