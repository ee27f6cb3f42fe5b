import { parseAuthorizeInput } from "../../domain/decisions/accessInput.ts";
import { consentPatients } from "../../domain/decisions/consentSource.ts";
import { decide } from "../../domain/decisions/decide.ts";
import type { DecideFacts } from "../../domain/decisions/facts.ts";
import { linkedNow } from "../../domain/decisions/gather.ts";
import { decideGrant } from "../../domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../domain/decisions/granting/grantInput.ts";
import { mergeFacts } from "../../domain/decisions/mergeFacts.ts";
import { printedReason } from "../../domain/decisions/reasonText.ts";
import type { RuleEngine } from "../../domain/decisions/ruleEngine.ts";
import type { AccessRequest, GrantRequest, Verdict } from "../../domain/decisions/types.ts";
import { type Directory, directoryOf } from "../../domain/directory/directory.ts";
import type { Entity } from "../../domain/directory/entity.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { applyOperations } from "../../domain/policy/apply.ts";
import { emptySnapshot, type Snapshot } from "../../domain/policy/snapshot.ts";
import type { FhirVersion } from "../../domain/scopes/fhir.ts";
import { createEngine } from "../../engine/engine.ts";
import { entitiesIn } from "../entityFile.ts";
import { badUsage } from "../exit.ts";
import type { PolicyFiles } from "../policyFiles.ts";
import { caseBreakGlasses } from "./caseBreakGlasses.ts";
import { caseConsents } from "./caseConsents.ts";
import type { CaseBreakGlass, CaseConsent } from "./caseFiles.ts";
import type { CaseAnswer, GrantAnswer } from "./compareCase.ts";
import { printPlanProblems } from "./policyPlan.ts";
import type { Decider, NotDecided } from "./runCases.ts";

/** Decides by policy files, in this process, by the functions by which the service decides. */
export interface FileDecider extends Decider {
  readonly snapshot: Snapshot;
  /** The ids of the rules that have matched so far. */
  readonly matched: ReadonlySet<string>;
}

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

/** What files say of subjects and resources. @throws CliError naming the line of what is no entity */
async function directoryIn(files: readonly string[]): Promise<Directory> {
  const entities: Entity[] = [];
  for (const file of files)
    for await (const { entity, line, problems } of entitiesIn(file)) {
      if (entity === null) throw badUsage(`The file ${file} is not valid:`, `  ${file}:${line} ${problems.join("; ")}`);
      entities.push({ ...entity, version: 1 });
    }
  return directoryOf(entities, 1);
}

/** @throws CliError for a policy that would be refused as a whole, naming file and line */
export async function createFileDecider(
  { operations, places }: PolicyFiles,
  options: {
    readonly fhirVersion: FhirVersion;
    readonly directory: readonly string[];
    readonly consents: readonly CaseConsent[];
    readonly breakGlasses: readonly CaseBreakGlass[];
  },
): Promise<FileDecider> {
  const { fhirVersion } = options;
  const { checkCondition, readCondition, ...rules } = await createEngine();
  let rule = 0;
  const applied = applyOperations(emptySnapshot(), operations, {
    // What the files say has come was once to come.
    now: 0,
    newId: () => `rule-${++rule}`,
    checkCondition,
    readCondition,
    fhirVersion,
  });
  if (!applied.ok)
    throw badUsage(
      "The policy would be refused:",
      ...printPlanProblems(applied.problems, places).map((line) => `  ${line}`),
    );
  const { engine, matched } = watching(rules);
  const { snapshot } = applied;
  const directory = await directoryIn(options.directory);
  const factsAt = (now: number | null): DecideFacts => ({
    snapshot,
    directory,
    engine,
    now: now ?? Date.now(),
    fhirVersion,
  });
  const consents = caseConsents(options.consents, { directory, snapshot, fhirVersion });
  const breakGlassesAt = caseBreakGlasses(options.breakGlasses, snapshot);
  const withGathered = (facts: DecideFacts, request: AccessRequest | GrantRequest): DecideFacts => {
    const patients = consentPatients(mergeFacts(directory, request).request);
    const isAbout = ({ patient }: { readonly patient: string }): boolean => patients.includes(patient);
    const breakGlasses = breakGlassesAt(facts.now).filter(isAbout);
    const about = consents.filter(isAbout);
    return {
      ...facts,
      gathered: { breakGlasses, consents: about, linked: linkedNow(about, request.subject, directory) },
    };
  };
  return {
    snapshot,
    matched,
    keepsTime: true,
    async decide(requests, now) {
      const facts = factsAt(now);
      return requests.map((request): CaseAnswer | NotDecided => {
        const parsed = parseAuthorizeInput(request, "request");
        if (!parsed.ok) return { problems: parsed.problems };
        const { request: asked } = parsed;
        return answerOf(decide(withGathered(facts, asked), asked));
      });
    },
    grant(request, now): GrantAnswer | NotDecided {
      try {
        const { request: asked } = parseGrantInput(request, "request");
        const verdict = decideGrant(withGathered(factsAt(now), asked), asked);
        return { ...answerOf(verdict), scopes: verdict.details.scopes, newScopes: verdict.details.newScopes };
      } catch (error) {
        if (error instanceof ScopewardenError && error.code === "BAD_USER_INPUT") return { problems: error.problems };
        throw error;
      }
    },
  };
}
