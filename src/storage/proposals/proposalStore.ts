import type { DataSource } from "typeorm";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { proposalAct } from "../../domain/record/acts.ts";
import type { KeptProposal } from "../../domain/simulation/proposals/proposal.ts";
import type { KeptFilter, ProposalStore, Step } from "../../domain/simulation/proposals/store.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { type Column, columnList, quoted, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import {
  approvalColumns,
  approvalOf,
  approvalRow,
  commentColumns,
  commentOf,
  commentRow,
  proposalColumns,
  proposalOf,
  proposalRow,
} from "./proposalTables.ts";

/** Characters of one page, read and looked at without a break. */
const PAGE_SIZE = 256 * 1024;

/** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
type RequireCaller = (run: RunSql, callerId: string) => Promise<void>;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Proposals can't be read or written.", error));

const moved = (id: string): ScopewardenError =>
  new ScopewardenError("CONFLICT", `Proposal ${id} is not as it was read: somebody else was first. Read it again.`);

const marks = (count: number): string => Array.from({ length: count }, () => "?").join(", ");

function insertion(table: string, columns: readonly Column[], row: object): readonly [string, readonly unknown[]] {
  const values = row as Readonly<Record<string, unknown>>;
  const sql = `INSERT INTO ${quoted(table)} (${columnList(columns)}) VALUES (${marks(columns.length)})`;
  return [sql, columns.map((c) => toDatabase(values[c.property], c))];
}

interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

function conditionsOf({ states, expired, kind, emergency, authorId }: KeptFilter): Condition[] {
  const conditions: Condition[] = [];
  const add = (sql: string, ...parameters: readonly unknown[]): void => void conditions.push({ sql, parameters });
  if (states !== undefined) add(`"state" IN (${marks(states.length)})`, ...states);
  if (expired !== undefined) add(`"expires_at" ${expired.is ? "<=" : ">"} ?`, expired.now);
  if (kind !== undefined) add('"kind" = ?', kind);
  if (emergency !== undefined) add('"emergency" = ?', emergency);
  if (authorId !== undefined) add('"author" = ?', authorId);
  return conditions;
}

/** Rows by the proposal that they belong to. */
function byProposal<Item>(
  rows: readonly RawRow[],
  itemOf: (row: RawRow) => Item,
): ReadonlyMap<string, readonly Item[]> {
  const found = new Map<string, Item[]>();
  for (const row of rows) {
    const id = String(row.proposal_id);
    found.set(id, [...(found.get(id) ?? []), itemOf(row)]);
  }
  return found;
}

/** Proposals. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createProposalStore(deps: {
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly source: DataSource;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: RequireCaller;
}): ProposalStore {
  const { source, lists, writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (text: string): string => withParameters(dialect, text);

  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const SELECT = `SELECT ${columnList(proposalColumns)} FROM proposal`;
  const COMMENTS = sql('SELECT COUNT(*) AS count FROM proposal_comment WHERE "proposal_id" = ?');
  const APPROVED = sql(`UPDATE proposal SET "state" = 'APPROVED' WHERE "id" = ? AND "digest" = ? AND "state" = 'OPEN'
    AND "expires_at" > ?`);
  const RENEW =
    sql(`UPDATE proposal SET "state" = 'OPEN', "round" = ?, "digest" = ?, "base_revision" = ?, "effect" = ?, "findings" = ?,
    "report" = ? WHERE "id" = ? AND "digest" = ? AND "state" IN ('OPEN', 'APPROVED')`);
  const CLOSE = sql(`UPDATE proposal SET "state" = ?, "closed_at" = ?, "closed_by" = ?, "closed_reason" = ?
    WHERE "id" = ? AND "state" IN ('OPEN', 'APPROVED')`);

  /** One step: what it writes, and its act. Run again after an outcome that nobody knows, it finds its act and is content. */
  const take = (id: string, { act, once }: Step, work: (run: RunSql) => Promise<void>): Promise<void> =>
    writer
      .write(({ run, retry }) =>
        inTransaction({ run, dialect, conflict: moved(id).message }, async () => {
          const onRecord = proposalAct(act, once);
          if (retry && (await run(IS_RECORDED, [onRecord.id])).rows.length > 0) return;
          await requireCaller(run, act.author);
          await work(run);
          await putOnRecord(run, onRecord);
        }),
      )
      .catch(fail);

  const insert = async (run: RunSql, [text, values]: readonly [string, readonly unknown[]]): Promise<void> => {
    await run(sql(text), values);
  };
  async function change(run: RunSql, id: string, [text, values]: readonly [string, readonly unknown[]]): Promise<void> {
    const { affected } = await run(text, values);
    if (affected !== 1) throw moved(id);
  }

  /** With what belongs to them, in one statement for all. */
  async function whole(from: DataSource, rows: readonly RawRow[]): Promise<readonly KeptProposal[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const of = `WHERE "proposal_id" IN (${marks(ids.length)})`;
    const approvals = await from.query<RawRow[]>(
      sql(`SELECT ${columnList(approvalColumns)} FROM proposal_approval ${of} ORDER BY "at", "digest"`),
      ids,
    );
    const comments = await from.query<RawRow[]>(
      sql(`SELECT ${columnList(commentColumns)} FROM proposal_comment ${of} ORDER BY "id"`),
      ids,
    );
    const [approvalsOf, commentsOf] = [byProposal(approvals, approvalOf), byProposal(comments, commentOf)];
    return rows.map((row) => {
      const id = String(row.id);
      return proposalOf(row, { approvals: approvalsOf.get(id) ?? [], comments: commentsOf.get(id) ?? [] });
    });
  }

  return {
    async add(proposal, step) {
      const row = insertion("proposal", proposalColumns, proposalRow(proposal));
      await take(proposal.id, step, (run) => insert(run, row));
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const look = async (): Promise<readonly KeptProposal[]> =>
        whole(source, await source.query<RawRow[]>(sql(`${SELECT} WHERE "id" = ?`), [id]));
      const [found] = await answerWithin(LOOKUP_MS, look).catch(fail);
      return found ?? null;
    },

    async page({ filter, page }) {
      if (filter.authorId !== undefined && !isStorable(filter.authorId)) return noPage();
      const conditions = conditionsOf(filter);
      if (page.after !== null) conditions.push({ sql: '"id" < ?', parameters: [page.after] });
      const where =
        conditions.length === 0 ? "" : ` WHERE ${conditions.map((condition) => condition.sql).join(" AND ")}`;
      const parameters = [...conditions.flatMap((condition) => condition.parameters), page.first + 1];
      const look = async () => {
        const rows = await lists.query<RawRow[]>(sql(`${SELECT}${where} ORDER BY "id" DESC LIMIT ?`), parameters);
        const hasRoom = pageBudget(PAGE_SIZE);
        const full = rows.findIndex((row) => !hasRoom(row));
        const taken = rows.slice(0, Math.min(page.first, full < 0 ? page.first : full + 1));
        const items = (await whole(lists, taken)).map((node) => ({ node, key: node.id }));
        return { items, hasNextPage: rows.length > taken.length };
      };
      return look().catch(fail);
    },

    async comment(id, comment, { most, ...step }) {
      const row = insertion("proposal_comment", commentColumns, commentRow(id, comment));
      await take(id, step, async (run) => {
        const [count] = (await run(COMMENTS, [id])).rows;
        if (Number(count?.count) >= most)
          throw new ScopewardenError("LIMIT_EXCEEDED", `A proposal has at most ${most} comments.`);
        await insert(run, row);
      });
    },

    async approve(id, approval, step) {
      const row = insertion("proposal_approval", approvalColumns, approvalRow(id, approval));
      await take(id, step, async (run) => {
        await insert(run, row);
        await change(run, id, [APPROVED, [id, approval.digest, approval.at]]);
      });
    },

    async renew(id, { from, next }, step) {
      const of = (property: string): unknown => {
        const found = proposalColumns.find((c) => c.property === property) as Column;
        return toDatabase((next as unknown as Readonly<Record<string, unknown>>)[property], found);
      };
      const values = ["round", "digest", "baseRevision", "effect", "findings", "report"].map(of);
      await take(id, step, (run) => change(run, id, [RENEW, [...values, id, from]]));
    },

    async close(id, state, step) {
      const { at, author, text } = step.act;
      await take(id, step, (run) => change(run, id, [CLOSE, [state, at, author, text, id]]));
    },
  };
}
