import type { BreakGlassInput } from "../../consent/breakGlass/breakGlassInput.ts";
import type { RecordConsentInput } from "../../consent/consentInput.ts";
import type { AuthorizeInput } from "../../decisions/accessInput.ts";
import type { DecideGrantInput } from "../../decisions/granting/grantInput.ts";
import { isObject } from "../../kernel/reader.ts";
import { type FileProblem, FileReader, type Place, type Yaml } from "../../policy/files/fileReader.ts";
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
    /** Each of so many requests must be denied; `combinations` makes them. */
    | { readonly kind: "never"; readonly said: NeverSaid; readonly count: number }
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

/** The requests of a `never` case, one after the other: the last name of `each` changes first. */
export function* combinations({ each = {}, request }: NeverSaid): Generator<AuthorizeInput> {
  const lists = Object.entries<readonly unknown[]>(each as never);
  const count = countOf(each);
  for (let n = 0; n < count; n++) {
    let [rest, made]: [number, object] = [n, request];
    for (const [path, values] of [...lists].reverse()) {
      made = withMember(made, path, values[rest % values.length]);
      rest = Math.floor(rest / values.length);
    }
    // That nothing is missing was looked at when it was read.
    yield made as AuthorizeInput;
  }
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

function checkNever(reader: FileReader, said: NeverSaid, path: string): void {
  const n = countOf(said.each ?? {});
  if (n === 0) reader.problem(`${path}.each`, "has an empty list, so that there would be no request to deny");
  else if (n > MOST_COMBINATIONS)
    reader.problem(`${path}.each`, `comes to ${n} requests; at most ${MOST_COMBINATIONS} are asked`);
  else {
    const [first = {}] = combinations(said);
    const lacking = missing(first);
    if (lacking.length > 0) reader.problem(path, `says no ${lacking.join(", no ")}, neither in request nor in each`);
  }
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
export function parseCases(
  file: string,
  text: string,
  yaml: Yaml,
): Cases & { readonly problems: readonly FileProblem[] } {
  const reader = new FileReader(file, text, yaml);
  const nothing = { cases: [], consents: [], breakGlasses: [], problems: reader.problems };
  if (reader.problems.length > 0) return nothing;
  const said: CaseFileSaid | null = CASE_FILE.read(reader)(reader.data ?? {}, "");
  if (said === null || reader.problems.length > 0) return nothing;
  const base = ({ name, now }: { readonly name: string; readonly now?: number }, path: string): CaseBase => ({
    name,
    place: reader.place(path),
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
      said: one,
      count: countOf(one.each ?? {}),
    })),
  ];
  for (const [i, one] of never.entries()) checkNever(reader, one, `never[${i}]`);
  if (cases.length === 0) reader.problem("", "must have at least one case, under requests, grants or never");
  const names = new Set<string>();
  for (const { name, place } of cases) {
    if (names.has(name)) reader.problem(place.path, `has the name of another case: ${name}`);
    names.add(name);
  }
  const consents = (said.consents ?? []).map(
    (input, i): CaseConsent => ({ input, place: reader.place(`consents[${i}]`), now: said.now ?? null }),
  );
  const breakGlasses = (said.breakGlasses ?? []).map(
    (input, i): CaseBreakGlass => ({ input, place: reader.place(`breakGlasses[${i}]`) }),
  );
  return { cases, consents, breakGlasses, problems: reader.problems };
}

const asked = <R, E>({ request, expect }: { readonly request: R; readonly expect: E }) => ({ request, expect });
