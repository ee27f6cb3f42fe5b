import { Link } from "@tanstack/react-router";
import { useAsk } from "../../api/useAsk.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { Id } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { Facts } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { words } from "../../ui/words.ts";
import "./house.css";
import { Settings } from "./settings.graphql.ts";

/** How the service is set, read only; and who I am to it. */
export default function SettingsPage() {
  const asked = useAsk(Settings, {});
  const viewer = useViewer();
  const may = useMay();
  const service = asked.data?.service;
  return (
    <Page
      title="Settings"
      purpose="How the service is set: read only, as its environment says it. And who you are to it."
      asked={asked}
    >
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {asked.isPending && <Loading />}
      {service !== undefined && (
        <div className="house-two">
          <section className="card pad stack" aria-label="The service">
            <h2>The service</h2>
            <Facts
              of={{
                Version: service.version,
                Policy: may("policyRevisions") ? (
                  <Link to="/revisions" search={{ id: String(service.revision) }} className="name">
                    revision {service.revision}
                  </Link>
                ) : (
                  `revision ${service.revision}`
                ),
                FHIR: service.fhirVersion,
                Clock: <When at={service.now} />,
                "Four eyes": service.fourEyes
                  ? "on: what may allow more needs a second person"
                  : "off: an admin changes the policy alone",
                "Two people": service.canTwoApprove
                  ? "can propose and approve"
                  : "are missing who could propose and approve",
              }}
            />
            {service.fourEyes && !service.canTwoApprove && (
              <Note tone="warn">
                Nobody can approve what somebody else proposes: keys of two people are missing, one of them with the
                role Admin.
              </Note>
            )}
          </section>
          <section className="card pad stack" aria-label="Who is let in">
            <h2>Who is let in</h2>
            {service.tokens.length === 0 ? (
              <p>
                Only callers with a key. Accounts of your organization are accepted once{" "}
                <code>SCOPEWARDEN_JWT_ISSUERS</code> names their issuer.
              </p>
            ) : (
              <>
                <p>Callers with a key, and people and programs with a token of:</p>
                <Facts
                  of={Object.fromEntries(
                    service.tokens.map(({ audience, issuer }) => [
                      issuer,
                      audience === null ? "of clients that are listed" : `meant for ${audience}`,
                    ]),
                  )}
                />
              </>
            )}
          </section>
          <section className="card pad stack" aria-label="You">
            <h2>You</h2>
            <Facts
              of={{
                Name: viewer.name,
                "Signed in": viewer.kind === "KEY" ? "with a key" : "with your account",
                Roles: viewer.roles.map(words).join(", "),
                Person: viewer.subject === null ? "not said" : <Id id={viewer.subject.id} />,
                Organization: viewer.organization,
                Ends: viewer.until === null ? "not by itself" : <When at={viewer.until} />,
              }}
            />
          </section>
        </div>
      )}
    </Page>
  );
}
