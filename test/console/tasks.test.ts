import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { noBrowser } from "../support/chromium.ts";
import { documentedClicks, FIRST_STEPS, type Hand, handOf } from "./hand.ts";
import { type ConsoleWorld, startConsoleWorld } from "./support.ts";

interface Task {
  /** As docs/console.md has it. */
  readonly title: string;
  readonly role: CallerRole;
  readonly take: (hand: Hand, world: ConsoleWorld) => Promise<void>;
}

const PROPOSE = "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
const PROPOSED = {
  title: "A role for the archive",
  reason: "Ticket 4711",
  change: { operations: [{ putRole: { name: "archivist" } }] },
};

const found = async (hand: Hand, patient: string) => {
  await hand.key("Control+k");
  await hand.type(/patient's whole id$/, patient);
  await hand.key("Enter");
  await hand.sees("One patient");
};

/** What people come to the console for: each begins at "To do". */
const TASKS: readonly Task[] = [
  {
    title: "Record a consent, and check what it says",
    role: "consent",
    async take(hand) {
      await hand.go("Consents");
      await hand.type("Patient's whole id", "p-204");
      await hand.press("button", "Show consents");
      await hand.press("button", /^Record a consent/);
      const form = hand.page.getByRole("form", { name: "Record consent" });
      await hand.press("radio", /^Refuses/, form);
      await hand.press("button", /Who is meant/, form);
      await hand.press("option", "A person");
      await hand.type("Person", "Pau", form);
      await hand.press("option", /^Paul Weiss/);
      await hand.type("Why is it recorded?", "Said at the desk", form);
      const asking = hand.region("What it says");
      await hand.type("Who?", "Pau", asking);
      await hand.press("option", /Paul Weiss/);
      await hand.press("button", "Ask what it says", asking);
      await hand.sees("The patient refuses it.", asking);
      await hand.press("button", "Record consent", form);
      await hand.sees(/^The person paul may see none of it\./);
    },
  },
  {
    title: "Block a person at once",
    role: "reviewer",
    async take(hand) {
      await hand.go("One person");
      await hand.type("Person", "Otto");
      await hand.pressFirst("option", /otto/i);
      await hand.press("button", /^Block .* now/);
      await hand.type("Reason", "He gave himself a role at night");
      await hand.press("button", "Block now");
      await hand.sees(/otto is blocked until/);
    },
  },
  {
    title: "An alert: ask the person, give the verdict, undo it",
    role: "auditor",
    async take(hand) {
      await hand.go("Alerts");
      await hand.pressFirst("button", /sensitive/i, hand.page.getByRole("row", { name: /nina/ }));
      const alert = hand.region("Alert");
      await hand.press("button", /^Ask the person/, alert);
      await hand.type("Why you ask", "One psychiatric note", alert);
      await hand.pressLast("button", "Ask the person", alert);
      await hand.sees("What the person says", alert);
      await hand.press("button", /^It should not have been/, alert);
      await hand.type("What you found", "Nobody asked her.", alert);
      await hand.press("button", "Close the alert", alert);
      await hand.press("button", /^Undo/);
      await hand.sees("Taken back: It should not have been", alert);
    },
  },
  {
    title: "Hand out an accounting of disclosures",
    role: "auditor",
    async take(hand) {
      await found(hand, "p-204");
      await hand.press("link", /^Who saw it ?Each access/);
      await hand.press("radio", "Accounting for print");
      const form = hand.page.getByRole("form", { name: "Give the accounting" });
      await hand.type("The patient's name", "Petra Example", form);
      await hand.type("Organization", "General Hospital, Springfield", form);
      await hand.press("button", "Give this accounting", form);
      await hand.sees("It is on record as it stands here.");
    },
  },
  {
    title: "Who saw a patient's data, and why",
    role: "auditor",
    async take(hand) {
      await found(hand, "p-303");
      await hand.press("link", /^Who saw it ?Each access/);
      await hand.pressFirst("button", /./, hand.page.getByRole("table", { name: "Accesses to this patient's data" }));
      await hand.sees("Consent", hand.region("Why"));
    },
  },
  {
    title: "Who can see a patient, by what role",
    role: "auditor",
    async take(hand) {
      await hand.go("Who can see a patient");
      await hand.type("Patient", "ada");
      await hand.press("button", "See who can");
      await hand.press("button", /^lab_technician/);
      await hand.sees("Tess Jansen", hand.region("Why"));
    },
  },
  {
    title: "What a client can see, and why",
    role: "reviewer",
    async take(hand) {
      await hand.go("What can a client see");
      await hand.press("button", /^Laboratory portal/);
      await hand.press("button", /^read Observation with view_lab_results: If/);
      await hand.sees("Only if the purpose of use is", hand.region("Why"));
    },
  },
  {
    title: "What if a rule went",
    role: "reviewer",
    async take(hand) {
      await hand.go("What if");
      await hand.press("button", /What would change/);
      await hand.press("option", "Take a rule away");
      await hand.type("Rule", "lab-tech-view-labs");
      await hand.press("option", /^lab-tech-view-labs/);
      await hand.press("button", "Try this change");
      await hand.sees(/No longer|denied/i, hand.region("Impact"));
    },
  },
  {
    title: "A denial: its reason, and what mends it",
    role: "admin",
    async take(hand) {
      await hand.go("Denials");
      await hand.press("button", /^claims-system/, hand.page.getByRole("row", { name: /Scope not granted/ }));
      await hand.go("Clients");
      await hand.press("button", /^Claims system/);
      await hand.press("button", /^Grant a scope/);
      await hand.type("Scope", "view_consents");
      await hand.press("option", /view_consents/);
      await hand.type("Reason", "Claims look at consents.");
      await hand.press("button", /^Grant the scope/);
      await hand.sees(/^Done: it is in force/);
    },
  },
  {
    title: "Narrow a scope",
    role: "admin",
    async take(hand) {
      await hand.go("Scopes");
      await hand.pressFirst("button", /^view_vital_signs/, hand.page.getByRole("table"));
      await hand.press("button", "New version");
      const form = hand.page.getByRole("form");
      await hand.press("checkbox", "search", form);
      await hand.press("checkbox", /^Put it in force at once/, form);
      await hand.type("Reason", "Nobody searches by it.", form);
      await hand.press("button", "Create it, in force", form);
      await hand.sees(/^Done: it is in force/);
    },
  },
  {
    title: "Announce the end of a scope",
    role: "admin",
    async take(hand) {
      await hand.go("Scopes");
      await hand.pressFirst("button", /^view_lab_results/, hand.page.getByRole("table"));
      await hand.press("button", /^Retire/);
      await hand.type("It ends on", "2027-03-01");
      await hand.type("Reason", "The reports replace it.");
      await hand.press("button", "Announce its end");
      await hand.sees(/^Done: it is in force/);
    },
  },
  {
    title: "Approve a proposal",
    role: "reviewer",
    async take(hand, world) {
      const { body } = await world.ask("admin", PROPOSE, { input: PROPOSED });
      assert.equal(body.errors, undefined);
      await hand.go("Proposals");
      await hand.press("button", PROPOSED.title);
      await hand.press("button", /^Approve/);
      await hand.type("Reason", "Read, and agreed");
      await hand.press("button", "Approve the proposal");
      await hand.sees("Read, and agreed");
    },
  },
  {
    title: "Take the policy to git",
    role: "admin",
    async take(hand) {
      await hand.go("Policy files");
      await hand.press("button", "Download rules.yaml");
    },
  },
  {
    title: "Test the policy",
    role: "auditor",
    async take(hand) {
      await hand.go("Policy tests");
      await hand.press("button", "Load an example");
      await hand.press("button", "Run the tests");
      await hand.sees(/^All as expected/);
    },
  },
  {
    title: "Finish an access review",
    role: "reviewer",
    async take(hand) {
      await hand.go("Access reviews");
      await hand.press("button", /^Begin a review/);
      const begin = hand.region("Begin a review");
      await hand.type("Title", "Nurses", begin);
      await hand.type("Role", "nurse", begin);
      await hand.key("Tab");
      await hand.type("Reason", "The yearly review", begin);
      await hand.press("button", "Begin the review");
      await hand.press("checkbox", /^Choose all/);
      await hand.press("radio", /^Keep/);
      await hand.type("Reason", "All of them work there");
      await hand.press("button", "Keep it");
      await hand.press("button", /^Close the review/);
      const closes = hand.page.getByRole("dialog", { name: "Close the review" });
      await hand.type("Reason", "Nothing goes", closes);
      await hand.press("button", "Close the review", closes);
      await hand.sees(/SHA-256 of the JSON report/);
    },
  },
  {
    title: "Judge the weekly sample",
    role: "auditor",
    async take(hand) {
      await hand.go("Weekly sample");
      await hand.press("button", "Draw the sample");
      await hand.pressFirst("button", /./, hand.page.getByRole("table"));
      const why = hand.region("Why");
      await hand.press("button", /^There was a reason/, why);
      await hand.type("What you found", "On her ward that day", why);
      await hand.press("button", "Keep this verdict", why);
      await hand.sees(/Of 1 judged, 0 should not have been/);
    },
  },
  {
    title: "An export that proves itself",
    role: "auditor",
    async take(hand) {
      await hand.go("Export");
      await hand.press("button", "Take it away");
      await hand.press("button", /^Download the file/);
      await hand.sees("The whole record");
    },
  },
  {
    title: "The proof of one decision",
    role: "auditor",
    async take(hand, world) {
      const { body } = await world.ask("auditor", "{ decisions(first: 1) { edges { node { id } } } }");
      await hand.go("Proof of a decision");
      await hand.type("Decision's id", body.data.decisions.edges[0].node.id);
      await hand.press("button", "Make the proof");
      await hand.press("button", /^Download the proof/);
      await hand.sees(/^scopewarden record verify-proof/);
    },
  },
  {
    title: "Review an emergency",
    role: "reviewer",
    async take(hand) {
      await hand.go("Emergencies");
      await hand.pressFirst("button", /./, hand.page.getByRole("table"));
      await hand.press("radio", /^Justified/);
      await hand.type("What you found", "She was in danger");
      await hand.press("button", "Record the verdict");
      await hand.sees(/\d+ wait for a review/);
    },
  },
];

describe("tasks by clicks", { skip: noBrowser }, () => {
  const documented = documentedClicks();
  const taken = new Map<string, number>();
  let world: ConsoleWorld;
  before(async () => {
    // A review is closed by who is at the console, and not by the service meanwhile.
    world = await startConsoleWorld({ env: { SCOPEWARDEN_SUNSET_POLL_MS: "86400000" } });
  });
  after(() => world.close());

  for (const { title, role, take } of TASKS)
    test(title, { timeout: 300_000 }, async () => {
      const page = await world.newPage();
      await world.signIn(role, page);
      const hand = handOf(world, page);
      await take(hand, world);
      taken.set(title, hand.clicks());
      assert.deepEqual(await hand.faults(), []);
      await page.context().close();
    });

  test("take as many as docs/console.md says", (t) => {
    for (const [task, clicks] of taken) t.diagnostic(`${String(clicks).padStart(3)}  ${task}`);
    assert.deepEqual(
      [...taken],
      [...documented].filter(([task]) => task !== FIRST_STEPS),
    );
  });
});
