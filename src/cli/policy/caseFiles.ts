import type { BreakGlassInput } from "../../domain/consent/breakGlass/breakGlassInput.ts";
import type { RecordConsentInput } from "../../domain/consent/consentInput.ts";
import type { AuthorizeInput } from "../../domain/decisions/accessInput.ts";
import type { DecideGrantInput } from "../../domain/decisions/granting/grantInput.ts";
import { isObject } from "../../domain/kernel/reader.ts";
import { PolicyFilesError } from "../policyFiles.ts";
import { readText } from "../readText.ts";
import type { Io } from "../terminal.ts";
import { type FileProblem, type Place, YamlReader } from "../yamlReader.ts";
import {
  CASE_FILE,
  type CaseFileSaid,
  type Each,
  type ExpectedDecision,
  type ExpectedGrant,
  type NeverSaid,
} from "./caseShapes.ts";

interface CaseBase {
  readonly name: string;
  readonly place: Place;
  /** The clock that the answer assumes, in milliseconds since 1970; null: whichever. */
  readonly now: number | null;
  /** Whether the case itself names its clock, and not the file. */
  readonly ownNow: boolean;
}
/** Something that must come of a policy. */
export type Case = CaseBase &
  (
    | { readonly kind: "request"; readonly request: AuthorizeInput; readonly expect: ExpectedDecision }
    | { readonly kind: "grant"; readonly request: DecideGrantInput; readonly expect: ExpectedGrant }
    /** Each of the requests must be denied. */
    | { readonly kind: "never"; readonly requests: readonly AuthorizeInput[] }
  );

/** Combinations of one `never` case. */
const MOST_COMBINATIONS = 10_000;

const countOf = (each: Each): number =>
  Object.values<readonly unknown[]>(each as never).reduce((product, values) => product * values.length, 1);

/** The request with one member more, under its path. */
function withMember(request: object, path: string, value: unknown): object {
  const [first = "", ...rest] = path.split(".");
  const members = request as Readonly<Record<string, unknown>>;
  if (rest.length === 0) return { ...members, [first]: value };
  const inner = members[first];
  return { ...members, [first]: withMember(isObject(inner) ? inner : {}, rest.join("."), value) };
}

function combinations({ each = {}, request }: NeverSaid): readonly object[] {
  let requests: readonly object[] = [request];
  for (const [path, values] of Object.entries<readonly unknown[]>(each as never))
    requests = requests.flatMap((one) => values.map((value) => withMember(one, path, value)));
  return requests;
}

const missing = (request: object): readonly string[] => {
  const { clientId, action, resource } = request as Partial<AuthorizeInput>;
  return [
    ...(clientId === undefined ? ["clientId"] : []),
    ...(action === undefined ? ["action"] : []),
    ...(resource?.type === undefined ? ["resource.type"] : []),
    ...("subject" in request && isObject(request.subject) && request.subject.id === undefined ? ["subject.id"] : []),
  ];
};

function neverCase(yaml: YamlReader, said: NeverSaid, path: string): readonly AuthorizeInput[] {
  const n = countOf(said.each ?? {});
  if (n === 0) yaml.problem(`${path}.each`, "has an empty list, so that there would be no request to deny");
  else if (n > MOST_COMBINATIONS)
    yaml.problem(`${path}.each`, `comes to ${n} requests; at most ${MOST_COMBINATIONS} are asked`);
  else {
    const requests = combinations(said);
    const lacking = missing(requests[0] ?? {});
    if (lacking.length === 0) return requests as readonly AuthorizeInput[];
    yaml.problem(path, `says no ${lacking.join(", no ")}, neither in request nor in each`);
  }
  return [];
}

/** A consent that cases rest on. */
export interface CaseConsent {
  readonly input: RecordConsentInput;
  readonly place: Place;
  /** The clock of its file, in milliseconds since 1970; null: whichever. */
  readonly now: number | null;
}

/** An emergency that is open for cases. */
export interface CaseBreakGlass {
  readonly input: BreakGlassInput;
  readonly place: Place;
}

/** Cases, with what patients have said and the emergencies that are open when they are asked. */
export interface Cases {
  readonly cases: readonly Case[];
  readonly consents: readonly CaseConsent[];
  readonly breakGlasses: readonly CaseBreakGlass[];
}

/** The cases of one file's text, or what is wrong with it. */
export function parseCases(file: string, text: string): Cases & { readonly problems: readonly FileProblem[] } {
  const yaml = new YamlReader(file, text);
  const nothing = { cases: [], consents: [], breakGlasses: [], problems: yaml.problems };
  if (yaml.problems.length > 0) return nothing;
  const said: CaseFileSaid | null = CASE_FILE.read(yaml)(yaml.data ?? {}, "");
  if (said === null || yaml.problems.length > 0) return nothing;
  const base = ({ name, now }: { readonly name: string; readonly now?: number }, path: string): CaseBase => ({
    name,
    place: yaml.place(path),
    now: now ?? said.now ?? null,
    ownNow: now !== undefined,
  });
  const { requests = [], grants = [], never = [] } = said;
  const cases: Case[] = [
    ...requests.map((one, i) => ({ ...base(one, `requests[${i}]`), kind: "request" as const, ...asked(one) })),
    ...grants.map((one, i) => ({ ...base(one, `grants[${i}]`), kind: "grant" as const, ...asked(one) })),
    ...never.map((one, i) => ({
      ...base(one, `never[${i}]`),
      kind: "never" as const,
      requests: neverCase(yaml, one, `never[${i}]`),
    })),
  ];
  if (cases.length === 0) yaml.problem("", "must have at least one case, under requests, grants or never");
  const names = new Set<string>();
  for (const { name, place } of cases) {
    if (names.has(name)) yaml.problem(place.path, `has the name of another case: ${name}`);
    names.add(name);
  }
  const consents = (said.consents ?? []).map(
    (input, i): CaseConsent => ({ input, place: yaml.place(`consents[${i}]`), now: said.now ?? null }),
  );
  const breakGlasses = (said.breakGlasses ?? []).map(
    (input, i): CaseBreakGlass => ({ input, place: yaml.place(`breakGlasses[${i}]`) }),
  );
  return { cases, consents, breakGlasses, problems: yaml.problems };
}

const asked = <R, E>({ request, expect }: { readonly request: R; readonly expect: E }) => ({ request, expect });

/** The cases of files, in their order. @throws PolicyFilesError with every problem of every file; CliError */
export async function loadCases(files: readonly string[], io: Io): Promise<Cases> {
  const found: ReturnType<typeof parseCases>[] = [];
  for (const file of files) found.push(parseCases(file, await readText(file, io.stdin)));
  const problems = found.flatMap((one) => one.problems);
  if (problems.length > 0) throw new PolicyFilesError(problems, "The cases are not valid:");
  return {
    cases: found.flatMap((one) => one.cases),
    consents: found.flatMap((one) => one.consents),
    breakGlasses: found.flatMap((one) => one.breakGlasses),
  };
}
