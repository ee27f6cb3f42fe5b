import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";

interface AlertNow {
  readonly state: string;
  readonly verdict: string | null;
  readonly cause: string | null;
  readonly text: string | null;
  readonly inquiries: readonly { readonly state: string; readonly text: string | null }[];
  readonly restrictions: readonly { readonly state: string }[];
}

const NINA = { type: "user", id: "nina" } as const;

describe("watching at the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  /** Goes to a page of the navigation. */
  const go = (page: Page, name: string) =>
    page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
  const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

  async function alertOf(subjectId: string): Promise<{ readonly id: string } & AlertNow> {
    const { body } = await world.ask(
      "auditor",
      `query ($subjectId: ID) { alerts(filter: { subjectId: $subjectId }, first: 1) { edges { node {
        id state verdict cause text inquiries { state text } restrictions { state }
      } } } }`,
      { subjectId },
    );
    return body.data.alerts.edges[0].node;
  }

  async function decideAs(clientId: string, subject: string) {
    const { body } = await world.ask(
      "service",
      "query ($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code message } } }",
      {
        input: {
          ...{ clientId, subject: { id: subject }, action: "read", purposeOfUse: "TREAT" },
          resource: { type: "Observation", id: "o1", patient: "p-101", organization: "general-hospital" },
        },
      },
    );
    assert.equal(body.errors, undefined);
    return body.data.authorize;
  }

  /** A key of the person's own. */
  async function keyOf(subject: typeof NINA): Promise<string> {
    const { key } = await world.service.app.domain.apiKeys.createOnMachine({
      ...{
        name: "Nina",
        roles: ["consent"],
        subject,
        defaultClientId: null,
        expiresAt: null,
        by: "demo",
        reason: "a test",
      },
    });
    return key;
  }

  test("an alert: why, asking the person, their answer, the verdict, and the next", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Alerts");
    await page.getByRole("row", { name: /nina/ }).getByRole("button").click();
    const alert = panel(page, "Alert");
    await alert.getByText("This person reached data with a sensitive label", { exact: false }).waitFor();
    assert.deepEqual(await check(page), []);
    // What was done opens its why, and goes back to the alert.
    await alert.getByRole("button", { name: /^Why: / }).click();
    await panel(page, "Why")
      .getByText("Nothing on record relates the person to this patient", { exact: false })
      .waitFor();
    await page.keyboard.press("Escape");

    await page.keyboard.press("e");
    await alert.getByText("In hand", { exact: true }).waitFor();
    await page.keyboard.press("a");
    await alert.getByLabel("Why you ask").fill("One psychiatric note");
    await alert.getByRole("button", { name: "Ask the person", exact: true }).last().click();
    await alert.getByRole("heading", { name: "What the person says" }).waitFor();
    assert.deepEqual(
      (await alertOf("nina")).inquiries.map(({ state }) => state),
      ["OPEN"],
    );

    const herPage = await world.newPage();
    await herPage.goto(`${world.url}/console/`);
    await herPage.getByLabel("Key", { exact: true }).fill(await keyOf(NINA));
    await herPage.getByRole("button", { name: "Sign in", exact: true }).click();
    await go(herPage, "Questions to people");
    await herPage.getByRole("row", { name: /nina/ }).getByRole("button").click();
    const question = panel(herPage, "Question");
    await question.getByText("Please say what it was for", { exact: false }).waitFor();
    // Nothing is chosen for her.
    assert.equal(await question.getByRole("radio", { checked: true }).count(), 0);
    await question.getByText("A colleague asked for advice").click();
    await question.getByLabel("In your words").fill("Ward 5 asked me.");
    assert.deepEqual(await check(herPage), []);
    await question.getByRole("button", { name: "Send the answer" }).click();
    await question.getByRole("heading", { name: "The answer" }).waitFor();
    await herPage.context().close();

    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByText("In hand", { exact: true }).first().click();
    await page.getByRole("row", { name: /nina/ }).getByRole("button").click();
    await alert.getByRole("button", { name: "It should not have been" }).waitFor();
    await page.keyboard.press("r");
    assert.equal(await alert.getByRole("button", { pressed: true }).count(), 0, "no verdict is chosen beforehand");
    await page.keyboard.press("1");
    await alert.getByLabel("What you found").fill("Nobody on ward 5 asked her.");
    await alert.getByRole("button", { name: "Close the alert" }).click();
    await page.getByText("Nobody has said that they look into one.").waitFor();
    const { state, verdict, text, inquiries } = await alertOf("nina");
    assert.deepEqual(
      { state, verdict, text, inquiries },
      {
        ...{ state: "CLOSED", verdict: "TRUE_POSITIVE", text: "Nobody on ward 5 asked her." },
        inquiries: [{ state: "ANSWERED", text: "Ward 5 asked me." }],
      },
    );
  });

  test("alerts by keyboard alone: the next opens by itself", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Alerts");
    await page.locator("table.list .row-open").first().waitFor();
    const rows = await page.locator("table.list .row-open").count();
    await page.keyboard.press("j");
    const alert = panel(page, "Alert");
    await alert.getByRole("button", { name: /^Unusual, for a good reason/ }).waitFor();
    const first = new URL(page.url()).hash;
    await page.keyboard.press("2");
    await alert.getByLabel("What you found").fill("Her work of that week.");
    await alert.getByRole("button", { name: "Close the alert" }).click();
    await page.waitForURL(({ hash }) => hash !== first && /id=/.test(hash));
    await page
      .locator("table.list .row-open")
      .nth(rows - 1)
      .waitFor({ state: "detached" });
    await alert.getByRole("heading", { name: "What came out?" }).waitFor();
    assert.equal(await alert.getByRole("button", { pressed: true }).count(), 0);
  });

  test("a person is blocked from the alert, and free again", { timeout: 300_000 }, async () => {
    const page = await world.signIn("reviewer");
    await go(page, "Alerts");
    await page.getByRole("row", { name: /otto/ }).getByRole("button").click();
    const alert = panel(page, "Alert");
    await alert.getByRole("button", { name: "Block it now" }).click();
    await alert.getByLabel("Reason").fill("He gave himself a role at night");
    await alert.getByRole("button", { name: /For/ }).click();
    await page.getByRole("option", { name: "4 hours", exact: true }).click();
    await alert.getByText("It ends by itself at 16:", { exact: false }).waitFor();
    await alert.getByRole("button", { name: "Block the person" }).click();
    await alert.getByLabel("Reason").waitFor({ state: "detached" });
    assert.deepEqual(
      (await decideAs("ehr", "otto")).reasons.map(({ code }: { code: string }) => code)[0],
      "SUSPENDED_FOR_REVIEW",
    );

    const { body } = await world.ask(
      "reviewer",
      "{ restrictions(first: 1) { edges { node { subjectId at until } } } }",
    );
    const { at, subjectId, until } = body.data.restrictions.edges[0].node;
    assert.deepEqual([subjectId, Date.parse(until) - Date.parse(at)], ["otto", 240 * 60_000]);

    await go(page, "Restrictions");
    await page.getByRole("row", { name: /otto/ }).getByRole("button").click();
    const restriction = panel(page, "Restriction");
    assert.deepEqual(await check(page), []);
    await restriction.getByRole("button", { name: "Lift it" }).click();
    await restriction.getByLabel("Reason").fill("He has explained it");
    await restriction.getByRole("button", { name: "Lift it" }).click();
    await page.getByText("Nobody is restricted").waitFor();
    assert.notEqual((await decideAs("ehr", "otto")).reasons[0].code, "SUSPENDED_FOR_REVIEW");
  });

  test("denials by client and reason, to the why of one", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Denials");
    await page
      .getByRole("row", { name: /nursing-app/ })
      .getByRole("button")
      .click();
    await panel(page, "Denials")
      .getByRole("button", { name: /^Why: / })
      .first()
      .click();
    const why = panel(page, "Why");
    await why.getByRole("heading", { name: /nursing-app-on-premises-only denies it/ }).waitFor();
    await why.getByText("Rule: stopped here", { exact: false }).waitFor();
    await why.getByText("Consent: not looked at", { exact: false }).waitFor();
    assert.deepEqual(await check(page), []);
    await page.keyboard.press("Escape");
    await panel(page, "Denials").getByRole("link", { name: "See them among all decisions" }).click();
    await page.getByRole("heading", { level: 1, name: "Decisions" }).waitFor();
    await page.getByRole("row", { name: /nina/ }).first().waitFor();
    assert.equal(await page.getByRole("row", { name: /Allowed/ }).count(), 0);
  });

  test("a patient's decisions, and why one was allowed", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Decisions");
    await page.getByLabel("Patient").fill("p-302");
    await page.getByLabel("Patient").press("Enter");
    await page
      .getByRole("row", { name: /mia.*p-302/ })
      .first()
      .getByRole("button")
      .click();
    const why = panel(page, "Why");
    for (const step of ["Scope", "Role", "Rule", "Consent"])
      await why.getByText(step, { exact: true }).first().waitFor();
    await why.getByText("the same answer, by the same policy").waitFor();
    assert.match(page.url(), /patient=%?@?[^p]*1/);
    assert.equal(
      await page.locator("table.list tbody tr").count(),
      await page.getByRole("row", { name: /p-302/ }).count(),
    );
    assert.deepEqual(await check(page), []);
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("a service's developer sees what was denied to it, and what would have been enough", {
    timeout: 300_000,
  }, async () => {
    const { id, outcome, reasons } = await decideAs("lab-portal", "tess");
    assert.equal(outcome, "DENY");
    const page = await world.signIn("service");
    await go(page, "Denials");
    await page
      .getByRole("row", { name: /lab-portal/ })
      .getByRole("button")
      .click();
    await panel(page, "Denials")
      .getByRole("button", { name: /^Why: / })
      .first()
      .click();
    await panel(page, "Why").getByText(reasons[0].message).first().waitFor();
    assert.match(page.url(), new RegExp(id));
    assert.deepEqual(await check(page), []);
  });

  test("a detector is tried on the past, and set", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    await go(page, "Detectors");
    await page.getByRole("button", { name: "A dormant client wakes up" }).click();
    const detector = panel(page, "Detector");
    await detector.getByRole("spinbutton", { name: "Alert at" }).fill("60");
    await detector.getByRole("button", { name: "Try it" }).click();
    await detector.getByText("findings", { exact: false }).first().waitFor();
    assert.equal(await detector.getByRole("radio", { checked: true }).count(), 0, "nothing is chosen beforehand");
    await detector.getByText("What it finds makes alerts.").click();
    await detector.getByLabel("Reason").fill("It was too loud");
    assert.deepEqual(await check(page), []);
    await detector.getByRole("button", { name: "Set the detector" }).click();
    await detector.getByRole("definition").filter({ hasText: "It was too loud" }).waitFor();
    const { body } = await world.ask("admin", "{ detectors { code mode reason parameters { name value } } }");
    const set = body.data.detectors.find(({ code }: { code: string }) => code === "DORMANT_CLIENT");
    assert.equal(set.reason, "It was too loud");
    assert.equal(set.parameters.find(({ name }: { name: string }) => name === "alertAt").value, 60);
  });

  test("the weekly sample is judged", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Weekly sample");
    await page.locator("table.list .row-open").first().click();
    await panel(page, "Why").getByText("Was there a reason for it?").waitFor();
    await page.keyboard.press("1");
    await panel(page, "Why").getByLabel("What you found").fill("On her ward that day");
    await panel(page, "Why").getByRole("button", { name: "Keep this verdict" }).click();
    await page.getByText("Of 1 judged, 0 should not have been", { exact: false }).waitFor();
    await panel(page, "Why").getByText("Was there a reason for it?").waitFor();
    assert.deepEqual(await check(page), []);
  });
});
