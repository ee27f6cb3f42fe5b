import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { readBreakGlass } from "../../consent/breakGlass/breakGlassInput.ts";
import { type InputFacts, readConsent } from "../../consent/consentInput.ts";
import type { Consent } from "../../consent/types.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../../decisions/accessInput.ts";
import { consentPatients } from "../../decisions/consentSource.ts";
import { decide } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { linkedNow } from "../../decisions/gather.ts";
import { decideGrant } from "../../decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../decisions/granting/grantInput.ts";
import type { InputLimits } from "../../decisions/inputReader.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import { printedReason } from "../../decisions/reasonText.ts";
import type { RuleEngine } from "../../decisions/ruleEngine.ts";
import type { AccessRequest, GrantRequest, Verdict } from "../../decisions/types.ts";
import { EMPTY_DIRECTORY } from "../../directory/directory.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { problemAt } from "../../policy/files/fileReader.ts";
import { settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { DEFAULT_FHIR_VERSION } from "../../scopes/fhir.ts";
import type { CaseBreakGlass, CaseConsent, Cases } from "./caseFile.ts";
import type { CaseAnswer, GrantAnswer } from "./compareCase.ts";
import type { Decider, NotDecided } from "./runCases.ts";

const answerOf = ({ outcome, scope, reasons, obligations }: Verdict): CaseAnswer => ({
  outcome,
  scope,
  reasons: reasons.map(printedReason),
  obligations,
});

/** The engine, and which rules have matched in what it was asked. */
function watching(engine: RuleEngine): { readonly engine: RuleEngine; readonly matched: Set<string> } {
  const matched = new Set<string>();
  return {
    matched,
    engine: {
      ...engine,
      evaluate(query) {
        const found = engine.evaluate(query);
        for (const { id } of [...found.allowedBy, ...found.deniedBy]) matched.add(id);
        return found;
      },
    },
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The emergencies that are open for cases, each opened at the time of the case that is asked. Who may open them is not looked at
 * here: a service does. @throws ScopewardenError BAD_USER_INPUT naming file and line
 */
export function caseBreakGlasses(
  said: readonly CaseBreakGlass[],
  snapshot: Snapshot,
): (now: number) => readonly KeptBreakGlass[] {
  const read = said.map(({ input, place }) => {
    try {
      return readBreakGlass(input);
    } catch (error) {
      if (!(error instanceof ScopewardenError)) throw error;
      throw badInput(
        error.problems.map(({ path, message }) =>
          problemAt({ ...place, path: path.replace("input", place.path), message }),
        ),
      );
    }
  });
  return (now) =>
    read.map(({ minutes, ...terms }, i) => {
      const endsAt = now + minutes * MINUTE_MS;
      const { reviewWithinHours = 0 } = settingsOf(snapshot, terms.organization).breakGlass ?? {};
      return {
        ...terms,
        id: `break-glass-${i}`,
        openedBy: { callerId: "file", subject: null },
        startedAt: now,
        endsAt,
        reviewDueAt: endsAt + reviewWithinHours * HOUR_MS,
        ended: null,
        review: null,
      };
    });
}

/**
 * What cases say of consents, each the first version of its own. `known.now` is the clock of files that name none.
 * @throws ScopewardenError BAD_USER_INPUT naming file and line
 */
export function caseConsents(said: readonly CaseConsent[], known: InputFacts): readonly Consent[] {
  return said.map(({ input, now, place }, i): Consent => {
    const facts = { ...known, now: now ?? known.now };
    const read = readConsent({ ...input, madeAt: input.madeAt ?? 0 }, facts, place.path);
    if ("patient" in read)
      return {
        ...read,
        id: read.id ?? `consent-${i}`,
        version: 1,
        recordedAt: read.madeAt ?? 0,
        recordedBy: "file",
      };
    throw badInput(read.map((problem) => problemAt({ ...place, ...problem })));
  });
}

/**
 * Decides by a policy, by the functions by which the service decides: with the consents and emergencies of the cases and no
 * others, and with nothing put on record. `facts.now` is the clock of cases that name none.
 * @throws ScopewardenError BAD_USER_INPUT naming file and line of a consent or an emergency that is not valid
 */
export function createCaseDecider(
  facts: DecideFacts,
  known: Pick<Cases, "breakGlasses" | "consents">,
  { breathe, limits }: { readonly breathe?: Breathe; readonly limits?: InputLimits } = {},
): Decider & { readonly matched: ReadonlySet<string> } {
  const { directory = EMPTY_DIRECTORY, snapshot, fhirVersion = DEFAULT_FHIR_VERSION } = facts;
  const { engine, matched } = watching(facts.engine);
  const consents = caseConsents(known.consents, { directory, snapshot, fhirVersion, now: facts.now });
  const breakGlassesAt = caseBreakGlasses(known.breakGlasses, snapshot);
  const factsFor = (request: AccessRequest | GrantRequest, now: number | null): DecideFacts => {
    const patients = consentPatients(mergeFacts(directory, request).request);
    const isAbout = ({ patient }: { readonly patient: string }): boolean => patients.includes(patient);
    const at = now ?? facts.now;
    const about = consents.filter(isAbout);
    const linked = linkedNow(about, request, directory);
    const gathered = { breakGlasses: breakGlassesAt(at).filter(isAbout), consents: about, linked };
    return { ...facts, engine, now: at, gathered };
  };
  return {
    matched,
    keepsTime: true,
    async decide(requests, now) {
      const answers: (CaseAnswer | NotDecided)[] = [];
      for (const request of requests as readonly AuthorizeInput[]) {
        await breathe?.();
        const parsed = parseAuthorizeInput(request, "request", limits);
        if (parsed.ok) answers.push(answerOf(decide(factsFor(parsed.request, now), parsed.request)));
        else answers.push({ problems: parsed.problems });
      }
      return answers;
    },
    grant(request, now): GrantAnswer | NotDecided {
      try {
        const { request: asked } = parseGrantInput(request, "request", limits);
        const verdict = decideGrant(factsFor(asked, now), asked);
        return { ...answerOf(verdict), scopes: verdict.details.scopes, newScopes: verdict.details.newScopes };
      } catch (error) {
        if (error instanceof ScopewardenError && error.code === "BAD_USER_INPUT") return { problems: error.problems };
        throw error;
      }
    },
  };
}
