import type { Caller } from "../../callers/types.ts";
import type { ConsentRequest, GrantAction, GrantKey } from "../../consent/requests/consentRequest.ts";
import { consentRequestAt } from "../../consent/requests/consentRequestKind.ts";
import { contentOf, grantOf } from "../../consent/requests/grantConsent.ts";
import type { ConsentRequestStore } from "../../consent/requests/store.ts";
import type { ConsentStore } from "../../consent/store.ts";
import type { Consent } from "../../consent/types.ts";
import type { Breathe, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem } from "../../kernel/text.ts";
import { settingsOf } from "../../policy/organizations.ts";
import type { Authorizer } from "../authorize.ts";
import { consentPatients } from "../consentSource.ts";
import type { DecideFacts } from "../facts.ts";
import { scopeGrantsInSteps } from "../granting/decideGrant.ts";
import { type DecideGrantInput, parseGrantInput } from "../granting/grantInput.ts";
import type { InputLimits } from "../inputReader.ts";
import { mergeFacts } from "../mergeFacts.ts";
import { areCut } from "../reasonOrder.ts";
import type { DecisionRecord, GrantRecord, GrantRequest, ScopeGrant } from "../types.ts";
import { askableConsent } from "./askableConsent.ts";
import { type AskedScope, askedScope } from "./askedScope.ts";
import { grantKeyOf, mayAsk, whatToAsk } from "./whatToAsk.ts";

/** What an authorization server asks, with what is to become of the grant that its patient may have given already. */
export interface AskGrantInput extends DecideGrantInput {
  /** Absent: the one of this patient, client, subject and purposes, if there is one. */
  readonly grantId?: string | null | undefined;
  /** Absent: MERGE. */
  readonly grantAction?: GrantAction | null | undefined;
}

/** A decision about a token, and what its patient is asked so that more could be granted; null: nothing. */
interface AskedGrant {
  readonly record: GrantRecord;
  readonly consentRequest: ConsentRequest | null;
}

/** Asks patients for the consent that tokens lack. */
export interface ConsentAsking {
  /**
   * Decides by `authorizer`, and then, with the decision on record, keeps what the patient is to be asked.
   * @throws ScopewardenError as `decideGrant` does; BAD_USER_INPUT for a grant that is not there, before anything is decided;
   * POLICY_UNAVAILABLE where the request can't be kept
   */
  decideGrant(
    authorizer: Pick<Authorizer, "decideGrant">,
    caller: Caller,
    question: { readonly input: AskGrantInput; readonly path: string },
  ): Promise<AskedGrant>;
  /** The consent that answers of the same patient, client, subject and purposes made, if it is in force; null: there is none. */
  grantId(record: GrantRecord): Promise<string | null>;
  /** Whether consent is what a decision lacks, and patients may be asked for it: else `askable` has nothing to look for. */
  lacks(record: DecisionRecord): boolean;
  /** The scopes for which patients could be asked so that a decision would allow more, by the facts of now; it asks nobody. */
  askable(record: DecisionRecord): Promise<readonly AskedScope[]>;
}

const MERGE = { grantAction: "MERGE", grantId: null } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A record has not every reason of a token with many scopes: one that has no room for more may lack consent. */
function lacks(record: DecisionRecord): boolean {
  if (record.erased !== undefined) return false;
  if (record.kind === "ACCESS") return mayAsk(record.reasons);
  const { scopes } = record.details;
  const isLess = ({ outcome }: ScopeGrant): boolean => outcome === "DENIED" || outcome === "NARROWED";
  return scopes.some(({ reasons }) => mayAsk(reasons)) || (scopes.some(isLess) && areCut(scopes));
}

export function createConsentAsking(deps: {
  readonly facts: () => DecideFacts;
  readonly consents: Pick<ConsentStore, "ofPatients">;
  readonly store: Pick<ConsentRequestStore, "open">;
  readonly newId: NewId;
  readonly giveWay: Breathe;
  readonly limits: InputLimits;
}): ConsentAsking {
  const { facts, consents, store, newId, giveWay, limits } = deps;

  async function grantScopes(of: DecideFacts, request: GrantRequest): Promise<readonly ScopeGrant[]> {
    const steps = scopeGrantsInSteps(of, request);
    for (;;) {
      await giveWay();
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }
  const how = { grantScopes, breathe: giveWay };

  const newestOf = ({ patient }: GrantKey): Promise<readonly Consent[]> => consents.ofPatients([patient]);

  /** The action, once the grant that it names is found. @throws ScopewardenError BAD_USER_INPUT */
  async function actionOf({ input, path }: { readonly input: AskGrantInput; readonly path: string }) {
    const read = new Reader();
    const [grantId, grantAction] = [input.grantId ?? null, input.grantAction ?? "MERGE"];
    const at = `${path}.grantId`;
    if (grantAction === "REPLACE" && grantId === null)
      read.problem(at, "is missing: REPLACE says which grant is replaced");
    if (grantAction === "CREATE" && grantId !== null)
      read.problem(at, "must be left out beside CREATE, which makes a new grant");
    if (grantId !== null) read.expect(at, identifierProblem(grantId));
    read.check();
    if (grantId === null) return { grantAction, grantId };
    const key = grantKeyOf(parseGrantInput(input, path, limits).request);
    const found = key === null ? null : grantOf(await newestOf(key), key, facts().now);
    if (found?.id !== grantId || found.step === "WITHDRAWN")
      read.problem(
        at,
        "must be a grant in force of this patient, client, subject and purposes; leave it out if there is none",
      );
    read.check();
    return { grantAction, grantId };
  }

  async function ask(
    { callerId, id: decisionId, request }: GrantRecord,
    action: { readonly grantAction: GrantAction; readonly grantId: string | null },
  ): Promise<ConsentRequest | null> {
    const key = grantKeyOf(request);
    if (key === null) return null;
    const newest = await newestOf(key);
    const now = facts();
    const asked = await whatToAsk(how, { ...now, gathered: { consents: newest } }, { ...action, request });
    if (asked === null) return null;
    const { subject } = mergeFacts(now.directory, request).request;
    const settings = settingsOf(now.snapshot, subject?.organization ?? null).consentRequests;
    const held = contentOf(action.grantAction === "MERGE" ? grantOf(newest, key, now.now) : null, now.now);
    const kept = await store.open({
      ...asked,
      id: newId(),
      decisionId,
      requestedBy: callerId,
      requestedAt: now.now,
      expiresAt: now.now + settings.expireMinutes * MINUTE_MS,
      validUntil: held.permitted.length > 0 ? held.until : now.now + settings.agreedDays * DAY_MS,
      refusedDays: settings.refusedDays,
      answered: null,
    });
    return consentRequestAt(kept, now.now);
  }

  return {
    lacks,
    async decideGrant(authorizer, caller, question) {
      const { grantAction: _, grantId: __, ...input } = question.input;
      const action = await actionOf(question);
      const record = await authorizer.decideGrant(caller, input, question.path);
      const mayLack = lacks(record) || action.grantAction !== "MERGE";
      return { record, consentRequest: mayLack ? await ask(record, action) : null };
    },
    async askable(record) {
      const now = facts();
      const { snapshot } = now;
      if (!lacks(record)) return [];
      const { request } = mergeFacts(now.directory, record.request);
      const gathered = { consents: await consents.ofPatients(consentPatients(request)) };
      const found =
        record.kind === "ACCESS"
          ? await askableConsent({ ...now, gathered }, record, giveWay)
          : (await whatToAsk(how, { ...now, gathered }, { ...MERGE, request: record.request }))?.scopes;
      const scopes: AskedScope[] = [];
      for (const scope of found ?? []) {
        await giveWay();
        scopes.push(askedScope(snapshot, scope, null));
      }
      return scopes;
    },
    async grantId({ request }) {
      const key = grantKeyOf(request);
      if (key === null) return null;
      const now = facts().now;
      const found = grantOf(await newestOf(key), key, now);
      return found === null || found.step === "WITHDRAWN" || (found.validUntil !== null && found.validUntil <= now)
        ? null
        : found.id;
    },
  };
}
