import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

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
  const go = (page: Page, name: string) => goByNavigation(page, name);
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

  async function decideAs(clientId: string, subject: string, scopes: readonly string[] | null = null) {
    const { body } = await world.ask(
      "service",
      "query ($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code message } } }",
      {
        input: {
          ...{ clientId, scopes, subject: { id: subject }, action: "read", purposeOfUse: "TREAT" },
          resource: {
            ...{ type: "Observation", id: "o1", patient: "p-101", organization: "general-hospital" },
            attributes: { category: ["http://terminology.hl7.org/CodeSystem/observation-category|laboratory"] },
          },
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

  test("alerts have one order and the same words on To do, in their list and in the panel", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("auditor");
    const group = page.locator(".todo-group", { has: page.getByRole("heading", { name: "Alerts to look at" }) });
    await group.getByRole("button", { name: /^Show all/ }).click();
    const linesOf = (text: string): readonly string[] => text.split("\n").map((line) => line.trim());
    const waiting = (await group.locator("li").allInnerTexts()).map(linesOf);
    await go(page, "Alerts");
    await page.getByRole("row", { name: /nina/ }).waitFor();
    const rows = (await page.locator("table.list tbody tr").allInnerTexts()).map(linesOf);
    const SEVERITIES = ["High", "Medium", "Low", "Info"];
    const severityOf = (lines: readonly string[]) =>
      SEVERITIES.find((each) => lines.some((line) => line.split("\t").includes(each)));
    assert.ok(rows.length > 10);
    assert.deepEqual(
      waiting.map((lines) => [lines[0], severityOf(lines)]),
      rows.map((lines) => [lines[0], severityOf(lines)]),
    );
    // What says "restrict now" stands first; a Low that stands above a Medium says in words why.
    const severities = rows.map(severityOf);
    assert.equal(severities.lastIndexOf("High"), severities.filter((each) => each === "High").length - 1);
    const low = severities.indexOf("Low");
    assert.ok(severities.indexOf("Medium", low) > low);
    for (const lines of [rows[low], waiting[low]])
      assert.ok(
        lines?.some((line) => line.startsWith("Look first: sensitive, and nothing explains it")),
        String(lines),
      );
    await page.locator("table.list .row-open").first().click();
    await panel(page, "Alert")
      .getByRole("heading", { name: rows[0]?.[0] ?? "" })
      .waitFor();
    await panel(page, "Alert").getByText("High", { exact: true }).waitFor();
  });

  test("an alert about a patient names who looked, and asks those who are ticked", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await go(page, "Alerts");
    await page
      .getByRole("row", { name: /A patient whom unusually many/ })
      .getByRole("button")
      .click();
    const alert = panel(page, "Alert");
    const viewers = alert.locator(".watch-viewers li");
    await viewers.first().waitFor();
    assert.deepEqual((await viewers.locator("a.name").allInnerTexts()).sort(), ["bianca", "chika", "faye", "omar"]);
    // Nobody is ticked, and nobody can be asked by one button for all.
    assert.equal(await alert.getByRole("checkbox", { checked: true }).count(), 0);
    assert.equal(await alert.getByRole("button", { name: "Ask the person" }).count(), 0);
    for (const who of ["chika", "faye"]) await viewers.filter({ hasText: who }).locator("label").click();
    await alert.getByLabel("Why you ask").fill("Five units in two days");
    assert.deepEqual(await check(page), []);
    await alert.getByRole("button", { name: "Ask 2 people" }).click();
    await viewers.filter({ hasText: "faye" }).getByText("Asked", { exact: true }).waitFor();
    await viewers.filter({ hasText: "chika" }).getByText("Asked", { exact: true }).waitFor();
    await alert.getByText("2 of 2 asked have not answered", { exact: false }).waitFor();
    const { body } = await world.ask(
      "auditor",
      "{ inquiries(filter: { states: [OPEN] }) { edges { node { subjectId reason accesses { patients } } } } }",
    );
    const asked = body.data.inquiries.edges.map(({ node }: { node: { subjectId: string } }) => node);
    assert.deepEqual(asked.map(({ subjectId }: { subjectId: string }) => subjectId).sort(), ["chika", "faye"]);
    for (const { accesses, reason } of asked) {
      assert.equal(reason, "Five units in two days");
      assert.ok(accesses.every(({ patients }: { patients: readonly string[] }) => patients.includes("p-303")));
    }
    await viewers.filter({ hasText: "omar" }).getByRole("button", { name: "Their alert about omar" }).click();
    await alert.getByRole("heading", { name: /^Looked at a patient without a known relation/ }).waitFor();
    await alert.getByRole("button", { name: "The alert about this patient" }).click();
    await viewers.filter({ hasText: "bianca" }).getByRole("link", { name: "bianca" }).click();
    await page.getByRole("heading", { level: 1, name: "One person" }).waitFor();
    await page
      .getByRole("heading", { level: 2, name: /bianca|Bianca/ })
      .first()
      .waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });

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
    await alert.getByText("This person reached data with a sensitive label", { exact: false }).waitFor();

    await page.keyboard.press("e");
    await alert.getByText("In hand", { exact: true }).waitFor();
    await page.keyboard.press("a");
    await alert.getByLabel("Why you ask").fill("One psychiatric note");
    await alert.getByRole("button", { name: "Ask the person", exact: true }).last().click();
    await alert.getByRole("heading", { name: "What the person says" }).waitFor();
    // Who was asked is not asked again: the next step is to wait.
    await alert.getByText("Wait for the answer of the person", { exact: false }).waitFor();
    assert.equal(await alert.getByRole("button", { name: "Ask the person" }).count(), 0);
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

    // It was sent at once; what was not said of it is not stored as something else.
    const id = decodeURIComponent(/[?&]id=([^&]*)/.exec(first)?.[1] ?? "").replaceAll('"', "");
    const stands = async () => {
      const query =
        "query ($id: ID!) { alert(id: $id) { state verdict cause correctedVerdicts { verdict text takenBackAt } } }";
      return (await world.ask("auditor", query, { id })).body.data.alert;
    };
    assert.deepEqual(await stands(), { state: "CLOSED", verdict: "EXPECTED", cause: null, correctedVerdicts: [] });
    await page.getByText("Closed: unusual, for a good reason.").waitFor();
    assert.deepEqual(await check(page), []);
    await page.keyboard.press("u");
    await alert.getByText("Taken back: Unusual, for a good reason.", { exact: false }).waitFor();
    assert.equal(await page.getByText("Closed: unusual, for a good reason.").count(), 0);
    assert.equal(await page.locator("table.list .row-open").count(), rows);
    const { correctedVerdicts, ...open } = await stands();
    assert.deepEqual(open, { state: "OPEN", verdict: null, cause: null });
    assert.deepEqual([correctedVerdicts.length, correctedVerdicts[0].text], [1, "Her work of that week."]);
    assert.notEqual(correctedVerdicts[0].takenBackAt, null);
    // Given again, and undone where it is found among the closed ones.
    await page.keyboard.press("3");
    await alert.getByLabel("What you found").fill("Nothing after all.");
    await alert.getByRole("button", { name: "Close the alert" }).click();
    await page.getByRole("button", { name: "Leave it so" }).click();
    await page.getByText("Closed: nothing unusual.").waitFor({ state: "detached" });
    await world.signIn("auditor");
    await go(page, "Alerts");
    await page.getByText("Closed", { exact: true }).first().click();
    await page
      .getByRole("row", { name: /Nothing unusual/ })
      .first()
      .getByRole("button")
      .click();
    await alert.getByRole("button", { name: "Undo the verdict" }).click();
    await alert.getByText("Taken back: Nothing unusual.", { exact: false }).waitFor();
    assert.equal((await stands()).state, "OPEN");
  });

  test("a verdict's form opens in sight; on a phone the alert that was closed is named over the next, to be undone", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("auditor");
    await page.setViewportSize({ width: 1280, height: 700 });
    await go(page, "Alerts");
    await page.locator("table.list .row-open").first().click();
    const alert = panel(page, "Alert");
    const inSight = async () => {
      const [form, outer] = [
        await alert.getByRole("form", { name: "Verdict" }).boundingBox(),
        await alert.boundingBox(),
      ];
      assert.ok(form !== null && outer !== null);
      assert.ok(form.y + form.height <= outer.y + outer.height + 1, JSON.stringify({ form, outer }));
    };
    await alert.getByRole("button", { name: /^It should not have been/ }).click();
    await alert.getByLabel("What you found").waitFor();
    await inSight();
    await page.setViewportSize({ width: 390, height: 844 });
    const title = (await alert.getByRole("heading", { level: 2 }).textContent()) ?? "";
    await alert.getByLabel("What you found").fill("Nobody asked her.");
    await alert.getByRole("button", { name: "Close the alert" }).click();
    const undo = page.getByRole("status").filter({ hasText: "Closed: it should not have been." });
    await undo.getByText(title).waitFor();
    await alert.getByRole("heading", { name: "What came out?" }).waitFor();
    // Not forced: what lies over it would take the press.
    await undo.getByRole("button", { name: /^Undo/ }).click();
    await undo.waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1280, height: 900 });
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
    await alert.getByRole("button", { name: "Block now" }).click();
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
    // What stands there is no answer to a client that is only typed.
    const client = page.getByRole("combobox", { name: "Client" });
    const opacity = () => page.evaluate("getComputedStyle(document.querySelector('.split')).opacity");
    await client.fill("lab");
    assert.equal(await opacity(), "0.45");
    await client.press("Escape");
    assert.equal(await opacity(), "1");
    // One that was denied for several reasons counts once, under the one that decided.
    const several = await decideAs("lab-portal", "tess", ["view_vital_signs", "view_lab_results", "user/Patient.rs"]);
    assert.ok(new Set(several.reasons.map(({ code }: { code: string }) => code)).size > 1);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText(/^\d+ accesses$/).waitFor();
    await world.quiet(page);
    const counted = await page.locator("table.list tbody tr td:nth-child(3)").allInnerTexts();
    const total = Number.parseInt(await page.getByText(/^\d+ accesses$/).innerText(), 10);
    assert.equal(
      counted.reduce((sum, each) => sum + Number(each), 0),
      total,
    );
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

  test("bars have a scale and say their values, by days of the reader's; codes stand with their words", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("auditor", await world.newPage({ timezoneId: "Pacific/Auckland" }));
    await go(page, "Decisions");
    const bars = page.getByRole("slider", { name: /^Accesses by the day: / });
    await bars.waitFor();
    // The 25th begins at 11:00 of the 24th (UTC) in Auckland.
    const { body } = await world.ask(
      "auditor",
      '{ stats(from: "2026-11-24T11:00:00Z", to: "2026-11-25T11:00:00Z", measure: DECISIONS) { rows { allowed denied } } }',
    );
    const [{ allowed, denied }] = body.data.stats.rows;
    const parts = [...(allowed > 0 ? [`${allowed} allowed`] : []), ...(denied > 0 ? [`${denied} denied`] : [])];
    const chart = page.getByRole("figure");
    await bars.focus();
    await chart.getByText(/^26 Nov 2026: /).waitFor();
    await page.keyboard.press("ArrowLeft");
    await chart.getByText(`25 Nov 2026: ${parts.join(", ")}`).waitFor();
    await bars.hover({ position: { x: 2, y: 20 } });
    await chart.getByText(/^2[67] Oct 2026: /).waitFor();
    assert.match(await chart.locator(".chart-scale").innerText(), /^[1-9][\d,]*0\s(.*\s)*0$/);
    assert.equal(await chart.locator(".chart-scale span").last().innerText(), "0");

    await page.getByRole("button", { name: "More filters" }).click();
    await page.getByRole("button", { name: /Purpose/ }).click();
    await page.getByRole("option", { name: "Treatment (TREAT)" }).click();
    await page.locator("table.list .row-open").first().click();
    const why = panel(page, "Why");
    await why.getByText("Treatment TREAT").waitFor();
    assert.deepEqual(await check(page), []);
    await page.context().close();
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

  test("what would have been enough stands first, prepared for who may change the policy", {
    timeout: 300_000,
  }, async () => {
    const { id } = await decideAs("lab-portal", "tess", ["view_lab_results", "view_medications", "no_such_scope"]);
    const page = await world.signIn("auditor");
    await go(page, "Why");
    await page.getByLabel("Id of the decision").fill(id);
    await page.getByRole("button", { name: "Say why" }).click();
    const why = panel(page, "Why");
    const enough = why.getByRole("heading", { name: "What would have been enough" });
    await enough.waitFor();
    assert.equal(await why.getByRole("heading", { level: 3 }).first().innerText(), await enough.innerText());
    // What is for something else, or not registered, is folded away.
    await why.getByText("2 scopes that could not have helped").waitFor();
    assert.equal(await why.getByText("no_such_scope", { exact: true }).first().isVisible(), false);
    assert.equal(await why.getByText("view_lab_results", { exact: true }).first().isVisible(), true);
    assert.deepEqual(await check(page), []);
    // An auditor changes no policy.
    assert.equal(await why.getByRole("button", { name: /^Give the role/ }).count(), 0);

    await world.signIn("admin");
    await go(page, "Why");
    const question = page.getByRole("form", { name: "A question by hand" });
    for (const [label, value] of [
      ["Client", "lab-portal"],
      ["For a person", "tess"],
      ["Type", "Observation"],
      ["Organization", "general-hospital"],
    ] as const) {
      await question.getByLabel(label, { exact: true }).and(question.locator("input")).fill(value);
      await page.keyboard.press("Tab");
    }
    for (const [label, option] of [
      ["Category", "laboratory"],
      ["Purpose", "Treatment (TREAT)"],
    ] as const) {
      await question.getByRole("button", { name: label }).click();
      await page.getByRole("option", { name: option }).click();
    }
    await question.getByRole("button", { name: "How would it be answered?" }).click();
    const answer = page.getByRole("status", { name: "The answer" });
    await answer.getByRole("button", { name: "Give the role lab_technician" }).click();
    const form = page.getByRole("dialog", { name: "Give the role lab_technician" });
    await form.getByText("May allow more").first().waitFor();
    assert.deepEqual(await check(page), []);
    await form.getByRole("button", { name: "Propose it instead" }).click();
    await form.getByLabel("Reason").fill("She covers there.");
    await form.getByRole("button", { name: "Propose: give the role lab_technician" }).click();
    await form.getByText("Nothing has changed yet").waitFor();
    const { body } = await world.ask("admin", "{ proposals(first: 1) { edges { node { operations } } } }");
    assert.deepEqual(body.data.proposals.edges[0].node.operations, [
      {
        assignRole: { subjectId: "tess", role: "lab_technician", organization: "general-hospital" },
      },
    ]);
  });

  test("an admin, who sees no single request, is led from a count to what would mend it", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("admin");
    await go(page, "Denials");
    const row = page.getByRole("row", { name: /claims-system/ }).getByRole("button");
    await row.click();
    const denials = panel(page, "Denials");
    await denials.getByText(/^\d+ accesses to Observation in general-hospital/).waitFor();
    assert.deepEqual(await check(page), []);
    await denials.getByRole("link", { name: "Ask what would be enough" }).click();
    const form = page.getByRole("form", { name: "A question by hand" });
    assert.equal(await form.getByLabel("Client").first().inputValue(), "claims-system");
    assert.equal(await form.getByLabel("Type").first().inputValue(), "Observation");
    await form.getByText("More: scopes").click();
    await form.getByLabel("Scopes presented").fill("view_encounters");
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    const answer = page.getByRole("status", { name: "The answer" });
    await answer.getByText("None of the client's scopes permits this.").waitFor();
    await answer.getByRole("link", { name: "Grant the client a scope" }).click();
    const client = page.getByRole("region", { name: /^Client / });
    await client.getByRole("combobox", { name: "Scope" }).waitFor();
    await client.getByRole("button", { name: "Grant the scope" }).waitFor();
    assert.deepEqual(await check(page), []);
    await page.goBack();
    await page.goBack();
    await denials.getByRole("link", { name: "Grant the client a scope" }).waitFor();
  });

  test("a detector is tried on the past, and set", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    await go(page, "Detectors");
    await page.getByRole("button", { name: "A client that nobody used for long is back" }).click();
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
    // To look makes no work.
    const waiting = page.getByRole("link", { name: /^Weekly sample \d+ waiting/ });
    const draw = page.getByRole("button", { name: "Draw the sample" });
    await draw.waitFor();
    assert.deepEqual(await check(page), []);
    const drawn = "{ toDo { kind atMost } }";
    assert.doesNotMatch((await world.ask("auditor", drawn)).text, /SAMPLE","atMost":[1-9]/);
    assert.equal(await waiting.count(), 0);
    await draw.click();
    await waiting.waitFor();
    await page.locator("table.list .row-open").first().click();
    await panel(page, "Why").getByText("Was there a reason for it?").waitFor();
    await page.keyboard.press("1");
    await panel(page, "Why").getByLabel("What you found").fill("On her ward that day");
    await panel(page, "Why").getByRole("button", { name: "Keep this verdict" }).click();
    await page.getByText("Of 1 judged, 0 should not have been", { exact: false }).waitFor();
    await panel(page, "Why").getByText("Was there a reason for it?").waitFor();
    assert.deepEqual(await check(page), []);
  });

  test("an inbox that is empty says so, and what was done today", { timeout: 300_000 }, async () => {
    const { body } = await world.ask(
      "auditor",
      "{ alerts(first: 200, filter: { states: [OPEN, ACKNOWLEDGED] }) { edges { node { id } } } }",
    );
    const close =
      'mutation ($id: ID!) { closeAlert(id: $id, verdict: EXPECTED, text: "Looked at together") { state } }';
    const ids: readonly string[] = body.data.alerts.edges.map(({ node }: { node: { id: string } }) => node.id);
    for (const id of ids) assert.equal((await world.ask("auditor", close, { id })).body.errors, undefined);
    const page = await world.signIn("auditor");
    await go(page, "Alerts");
    await page.getByText("No alert waits").waitFor();
    // One was closed by a test before.
    await page.getByText(`Today: ${ids.length + 1} alerts closed.`).waitFor();
    assert.deepEqual(await check(page), []);
    const program = await world.signIn("service", await world.newPage());
    await program.getByText("Nothing waits for you", { exact: true }).waitFor();
    await program.getByText("Nothing was decided today.").waitFor();
    await program.context().close();
  });
});
