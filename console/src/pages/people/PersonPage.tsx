import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useAsk } from "../../api/useAsk.ts";
import { hide } from "../../session/hidden.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty, Failed, Loading, Note } from "../../ui/feedback.tsx";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { Facts } from "../../ui/panel.tsx";
import { BlockForm } from "../../ui/people/BlockForm.tsx";
import { PersonField } from "../../ui/people/PersonField.tsx";
import { personOf, personText } from "../../ui/people/personText.ts";
import { TypedId } from "../../ui/people/TypedId.tsx";
import { Day } from "../../ui/when.tsx";
import { PersonCard, PersonCases, usePersonCases } from "./PersonCases.tsx";
import { PersonReachCard } from "./PersonReachCard.tsx";
import { PersonState } from "./PersonState.tsx";
import { PersonBlocks, PersonRoles } from "./person.graphql.ts";
import "./people.css";

const SHAPE = { type: "user", person: HIDDEN } as const;

/** What of the directory tells where somebody works; that they are a patient, too, is nobody's business here. */
function known(properties: unknown): Readonly<Record<string, string | false>> {
  const { organization, unit } = (properties ?? {}) as Record<string, unknown>;
  return { Unit: typeof unit === "string" && unit, Organization: typeof organization === "string" && organization };
}

/** One person: how they stand, what is open about them, the roles they hold, what they reach, and a way to stop them at once. */
export default function PersonPage() {
  const link = useLink(SHAPE);
  const { person, type } = link.values;
  const may = useMay();
  const asked = useAsk(PersonRoles, { id: person, type }, { when: person !== "" });
  const blocks = useAsk(
    PersonBlocks,
    { subject: { id: person, type } },
    { when: person !== "" && may("restrictionsOf") },
  );
  const [step, setStep] = useState<"" | "block">("");
  // Another person is another question.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => setStep(""), [person]);
  const properties = asked.data?.entity?.properties as { readonly name?: unknown } | undefined;
  const name = typeof properties?.name === "string" ? properties.name : null;
  const roles = asked.data?.assignments.edges.map(({ node }) => node) ?? [];
  const mayBlock = person !== "" && (may("imposeRestriction") || may("endAccess"));
  return (
    <Page
      title="One person"
      purpose="How somebody stands, what is open about them, what they may do, and a way to stop them at once."
      {...(person !== "" && { asked })}
      actions={
        mayBlock && (
          <Button look="danger" k="b" onPress={() => setStep("block")}>
            Block <bdi>{name ?? person}</bdi> now
          </Button>
        )
      }
    >
      <WhoseField
        person={person === "" ? "" : personText(person, type)}
        onPerson={(next) => {
          const { id, type } = personOf(next);
          link.set({ person: id, type });
        }}
      />
      {person === "" && (
        <div className="card">
          <Empty title="Whom do you look for?">
            {may("breakGlasses")
              ? "Staff are found by their names, anybody by the whole id."
              : "Type the whole id, as roles are assigned to it."}
          </Empty>
        </div>
      )}
      {link.unknown.length > 0 && (
        <Note tone="warn">This link is about a person. Ids of people never stand in an address: type it here.</Note>
      )}
      {step === "block" && (
        <div className="card pad">
          <BlockForm subject={{ id: person, type }} onClose={() => setStep("")} />
        </div>
      )}
      {person !== "" && may("restrictionsOf") && (
        <Stands key={`${type}/${person}`} id={person} type={type} name={name ?? person} blocks={blocks} />
      )}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {asked.isPending && <Loading />}
      {asked.data && (
        <div className="people-cards">
          <PersonCard title={name ?? person}>
            <Facts of={{ Id: <code className="id">{person}</code>, ...known(properties) }} />
            {asked.data.entity === null && <p className="muted">The directory shows nothing of them.</p>}
          </PersonCard>
          <PersonCard
            title="Roles they hold"
            more={
              roles.length > 0 && (
                <Link to="/roles" search={{}}>
                  Roles and rules
                </Link>
              )
            }
          >
            {roles.length === 0 && (
              <Empty title="No role">They may do what is open to everyone, and what a token says that they are.</Empty>
            )}
            <ul className="people-lines">
              {roles.map(({ organization, role, validFrom, validUntil }) => (
                <li key={`${role} ${organization}`}>
                  <Link to="/roles" search={{ role }}>
                    {role}
                  </Link>{" "}
                  {organization === "*" ? "in all organizations" : `at ${organization}`}
                  {(validFrom !== null || validUntil !== null) && (
                    <span className="people-beside">
                      {validFrom !== null && (
                        <>
                          from <Day at={validFrom} />{" "}
                        </>
                      )}
                      {validUntil !== null && (
                        <>
                          until <Day at={validUntil} />
                        </>
                      )}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </PersonCard>
          {may("subjectAccess") && <PersonReachCard key={`${person} reach`} id={person} type={type} />}
          {may("decisions") || may("clientAccess") ? (
            <PersonCard title="Look further">
              <ul className="people-lines">
                {may("decisions") && (
                  <li>
                    <Link to="/decisions" search={{ subject: hide(person) } as never}>
                      What they did
                    </Link>
                  </li>
                )}
                {may("clientAccess") && (
                  <li>
                    <Link to="/client-access" search={{ subject: hide(person), type } as never}>
                      What a client lets them see
                    </Link>
                  </li>
                )}
              </ul>
            </PersonCard>
          ) : null}
        </div>
      )}
    </Page>
  );
}

/** How they stand, and the cases that it is made of, before all that they may do. */
function Stands(of: Omit<Parameters<typeof PersonState>[0], "cases">) {
  const cases = usePersonCases(of);
  return (
    <>
      <PersonState {...of} cases={cases} />
      <div className="people-cards">
        <PersonCases {...cases} />
      </div>
    </>
  );
}

/** Found by name by who may look through the staff; typed by others. */
function WhoseField({ person, onPerson }: { readonly person: string; readonly onPerson: (person: string) => void }) {
  const may = useMay();
  if (may("breakGlasses"))
    return (
      <div className="people-pick">
        <PersonField label="Person" value={person} onChange={onPerson} autoFocus={person === ""} />
      </div>
    );
  return (
    <div className="typed-id">
      <TypedId label="Person's id" id={person} onId={onPerson} act="Show" />
    </div>
  );
}
