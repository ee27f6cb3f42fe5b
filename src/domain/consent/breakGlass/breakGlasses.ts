import { seesAccesses } from "../../callers/permissions.ts";
import { personOf } from "../../callers/person.ts";
import { samePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import { requireStepOnRecord } from "../../cases/steps.ts";
import type { Directory } from "../../directory/directory.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { patientId } from "../../kernel/patientId.ts";
import type { Clock, NewId, Pseudonym } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import { settingsOf } from "../../policy/organizations.ts";
import { type BreakGlass, breakGlassAt, type EmergencyTerms, type KeptBreakGlass } from "./breakGlass.ts";
import { type BreakGlassInput, readBreakGlass, requireWithin } from "./breakGlassInput.ts";
import { breakGlassKind } from "./breakGlassKind.ts";
import type { BreakGlassCounts, BreakGlassFilter, BreakGlassStore } from "./store.ts";
import { BREAK_GLASS_STEPS, isOpener, requireMayOpen, requireRole } from "./whoMay.ts";

/** `notes` are sentences for whoever opened it: what is open all the same, and may not be what was meant. */
interface OpenedBreakGlass extends BreakGlass {
  readonly notes: readonly string[];
}

/**
 * Emergencies. Who opened one sees it as it is, and so does an auditor; a reviewer, who judges the case and not the patient, sees a
 * pseudonym in the patient's place. All reject with NOT_FOUND for an id that the caller sees not.
 */
export interface BreakGlasses {
  /**
   * Opens an emergency from now on, until it ends by itself.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; FORBIDDEN where the subject holds no role that may; CONFLICT, naming
   * it, where one is open already
   */
  open(caller: Identity, input: BreakGlassInput): Promise<OpenedBreakGlass>;
  /** Ends it before its time is over: who opened it alone. @throws ScopewardenError FORBIDDEN; CONFLICT where it is over */
  end(
    caller: Identity,
    about: { readonly id: string; readonly reason?: string | null | undefined },
  ): Promise<BreakGlass>;
  /**
   * Says what became of it, once and for all.
   * @throws ScopewardenError FORBIDDEN to who opened it and for whom it was, by whatever key; CONFLICT while it is open, and where it is
   * reviewed
   */
  review(
    caller: Identity,
    verdict: { readonly id: string; readonly justified: boolean; readonly text: string },
  ): Promise<BreakGlass>;
  find(caller: Identity, id: string): Promise<BreakGlass | null>;
  /** @throws ScopewardenError FORBIDDEN for the patient of a filter to whom patients have pseudonyms */
  page(
    caller: Identity,
    query: { readonly filter: BreakGlassFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<BreakGlass>>;
  counts(): Promise<BreakGlassCounts>;
  readonly desk: CaseDesk;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const unknownText = (organization: string): string =>
  `The organization ${organization} occurs nowhere in the policy or the directory. The emergency is open there; if another was meant, open one there.`;

function checkReason(path: string, reason: string): void {
  const problem = reasonProblem(reason);
  if (problem !== null) throw badInput([{ path, message: problem }]);
}

export function createBreakGlasses(deps: {
  readonly store: BreakGlassStore;
  readonly policy: Pick<PolicyAdmin, "current" | "refresh">;
  /** The roles that a subject holds now in the organization. */
  readonly rolesOf: (terms: EmergencyTerms) => { has(role: string): boolean };
  /** Whether policy or directory know an organization of this id. */
  readonly organizationOccurs: (id: string) => Promise<boolean>;
  readonly directory: () => Directory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Puts on record that somebody tried to do this with an emergency that is about them, which tells them so. */
  readonly recordRefusal: (caller: Identity, refused: { readonly id: string; readonly field: string }) => Promise<void>;
}): BreakGlasses {
  const { store, policy, rolesOf, clock, newId } = deps;

  async function find(caller: Identity, id: string): Promise<KeptBreakGlass | null> {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
    const found = await store.find(id);
    return found !== null && (seesAccesses(caller) || isOpener(caller, found)) ? found : null;
  }
  async function known(caller: Identity, id: string): Promise<KeptBreakGlass> {
    const found = await find(caller, id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no emergency ${id}.`);
    return found;
  }
  /** When the step is taken, if the caller may. @throws ScopewardenError NOT_FOUND, FORBIDDEN, CONFLICT */
  async function requireTake(caller: Identity, id: string, step: keyof typeof BREAK_GLASS_STEPS): Promise<number> {
    const [of, at] = [await known(caller, id), clock()];
    const steppable = { kind: breakGlassKind, of, facts: { directory: deps.directory() }, now: at };
    await requireStepOnRecord(BREAK_GLASS_STEPS[step], caller, steppable, (field) =>
      deps.recordRefusal(caller, { id, field }),
    );
    return at;
  }

  const seesPatients = (caller: Identity, kept: KeptBreakGlass): boolean =>
    caller.roles.has("auditor") || isOpener(caller, kept);
  /** As a caller may see it. A subject who is the patient would tell whose the pseudonym is, and so would a key of theirs that opened it. */
  async function seen(caller: Identity, kept: KeptBreakGlass): Promise<BreakGlass> {
    const now = breakGlassAt(kept, clock());
    if (seesPatients(caller, kept)) return now;
    const pseudonym = await deps.pseudonym();
    const { openedBy, patient, subject } = kept;
    const shown = { ...now, patient: pseudonym(patient) };
    if (subject.id !== patient) return shown;
    const isTheirs = openedBy.subject !== null && samePerson(openedBy, { subject: { ...subject, issuer: null } });
    return {
      ...shown,
      subject: { ...subject, id: pseudonym(patient) },
      openedBy: isTheirs ? { callerId: pseudonym(openedBy.callerId), subject: null } : openedBy,
    };
  }

  return {
    async open(caller, input) {
      const { minutes, reason, ...terms } = readBreakGlass(input);
      requireMayOpen(caller);
      await policy.refresh();
      const { breakGlass: settings } = settingsOf(policy.current(), terms.organization);
      requireRole(terms, settings, rolesOf(terms));
      requireWithin(minutes, settings, terms.organization);
      const startedAt = clock();
      const endsAt = startedAt + minutes * MINUTE_MS;
      const opened: KeptBreakGlass = {
        ...terms,
        id: newId(),
        reason,
        openedBy: personOf(caller),
        startedAt,
        endsAt,
        reviewDueAt: endsAt + settings.reviewWithinHours * HOUR_MS,
        ended: null,
        review: null,
      };
      await store.open(opened);
      // Only then: in an emergency nobody waits for a name, and none is refused for one.
      const isKnown = await deps.organizationOccurs(terms.organization);
      return { ...(await seen(caller, opened)), notes: isKnown ? [] : [unknownText(terms.organization)] };
    },

    async end(caller, { id, reason = null }) {
      if (reason !== null) checkReason("reason", reason);
      const at = await requireTake(caller, id, "end");
      await store.end(id, { at, by: caller.id, reason });
      return seen(caller, await known(caller, id));
    },

    async review(caller, { id, justified, text }) {
      checkReason("text", text);
      const at = await requireTake(caller, id, "review");
      await store.review(id, { at, by: personOf(caller), justified, text });
      return seen(caller, await known(caller, id));
    },

    async find(caller, id) {
      const found = await find(caller, id);
      return found === null ? null : seen(caller, found);
    },

    async page(caller, { filter, page }) {
      const { patient } = filter;
      if (patient !== undefined && seesAccesses(caller) && !caller.roles.has("auditor"))
        throw new ScopewardenError(
          "FORBIDDEN",
          "To a reviewer patients are shown under pseudonyms, so that none can be looked for. An auditor can.",
        );
      const canonical = patient === undefined ? filter : { ...filter, patient: patientId(patient) };
      const own = seesAccesses(caller) ? canonical : { ...canonical, openedBy: caller.id };
      // Found by the name of a subject, one under a pseudonym would tell whose that is.
      const ownToo = !seesAccesses(caller) || caller.roles.has("auditor");
      const found = await store.page({ filter: own, ownToo, now: clock(), page });
      const items = found.items.map(async ({ key, node }) => ({ key, node: await seen(caller, node) }));
      return { ...found, items: await Promise.all(items) };
    },

    counts: () => store.counts(clock()),

    desk: createCaseDesk({
      ...{ kind: breakGlassKind, steps: BREAK_GLASS_STEPS, reader: store, clock },
      factsOf: async () => {
        const facts = { directory: deps.directory() };
        return () => facts;
      },
      shown: (caller, kept) => Promise.all(kept.map((each) => seen(caller, each))),
      waitingOf: ({ id }) => ({ notOpenedBy: id }),
      titleOf: ({ organization, patient, subject }) => ({
        title: `Glass was broken in ${organization}: say whether it was justified`,
        ...{ subject, patient, clientId: null },
      }),
    }),
  };
}
