import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium, noBrowser } from "../support/chromium.ts";
import { startWorld, type World } from "./oauthWorld.ts";

const ACTIVITY = "view_own_activity";
const VITAL_SIGNS = "view_own_vital_signs";
const STEPS = "See steps, sleep and exercise";
const HEART = "See heart rate, blood pressure and other vital signs";
const MINUTE_MS = 60_000;

let world: World;
let browser: Browser;
/** By how much Scopewarden's clock is ahead. */
let ahead = 0;

/** Somebody at a browser of their own who uses no mouse. */
class Keyboard {
  readonly page: Page;
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", ({ message }) => this.complaints.push(message));
  }

  static async open(page?: Page): Promise<Keyboard> {
    // Without scripts: the pages need none.
    const context = page?.context() ?? (await browser.newContext({ javaScriptEnabled: false }));
    context.setDefaultTimeout(45_000);
    return new Keyboard(await context.newPage());
  }

  /** Types an address of the app, which sends the browser on. */
  ask(...scopes: readonly string[]): Promise<unknown> {
    return this.page.goto(`${world.appUrl}/connect?scope=${encodeURIComponent(scopes.join(" "))}`);
  }

  /** Goes on with Tab until it is on what has this role and name, which must be reached and be seen to be. */
  async tabTo(role: "button" | "checkbox" | "link", name: string): Promise<void> {
    const wanted = this.page.getByRole(role, { name, exact: true });
    await wanted.waitFor({ state: "attached" });
    assert.equal(await wanted.count(), 1, `${role} ${name}`);
    for (let presses = 0; presses < 30; presses++) {
      await this.page.keyboard.press("Tab");
      if ((await wanted.and(this.page.locator(":focus")).count()) === 0) continue;
      const outline = await wanted.evaluate("(element) => getComputedStyle(element).outlineStyle");
      assert.notEqual(outline, "none", `the focus on ${name} is not seen`);
      return;
    }
    throw new Error(`no Tab leads to ${role} ${name}:\n${await this.page.content()}`);
  }

  async tick(name: string): Promise<void> {
    await this.tabTo("checkbox", name);
    await this.page.keyboard.press("Space");
  }

  async press(name: string, role: "button" | "link" = "button"): Promise<void> {
    await this.tabTo(role, name);
    await this.page.keyboard.press("Enter");
  }

  readonly allow = () => this.press("Allow what is ticked");

  /** What the page asks, by the words of its boxes. */
  async boxes(): Promise<readonly string[]> {
    const labels = await this.page.locator("label").allTextContents();
    return labels.map((label) => label.trim());
  }

  async heading(name: string): Promise<void> {
    await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    await this.page.waitForLoadState();
  }

  /** Waits for a page that says this. */
  says(words: RegExp): Promise<void> {
    return this.page.locator("body", { hasText: words }).waitFor();
  }

  /** The scopes of the token that the app has now, once it has one. */
  async token(): Promise<readonly string[]> {
    await this.page.waitForURL(`${world.appUrl}/`);
    const said = await this.page.getByText("The token says: ").textContent();
    return (said ?? "").replace("The token says: ", "").split(" ").sort();
  }

  /** What the app gets from the resource server says this. */
  async get(path: string, words: RegExp): Promise<void> {
    await this.page.goto(`${world.appUrl}/get?path=${path}`);
    await this.says(words);
  }
}

const logIn = async (button: string, ...scopes: readonly string[]): Promise<Keyboard> => {
  const at = await Keyboard.open();
  await at.ask(...scopes);
  await at.heading("Who are you?");
  await at.press(button);
  return at;
};

const ASKS = "Member app asks for access";
const CONSENTS = `query ($patient: ID!) { consents(filter: { patient: $patient }, first: 20) {
  edges { node { id version state terms { clientId subjectId scopes } } } } }`;

interface Kept {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly terms: {
    readonly clientId: string | null;
    readonly subjectId: string | null;
    readonly scopes: readonly string[] | null;
  };
}

/** What is on record of a patient for the app. */
async function consentsOf(patient: string): Promise<readonly Kept[]> {
  const { consents } = await world.portal(CONSENTS, { patient });
  return consents.edges
    .map(({ node }: { readonly node: Kept }) => node)
    .filter(({ terms }: Kept) => terms.clientId === "member-app");
}

describe("consent on a page that Scopewarden's answers make, by keyboard alone", { skip: noBrowser }, () => {
  before(async () => {
    world = await startWorld({ app: "member-app", clock: () => Date.now() + ahead });
    await world.change({ updateClient: { id: "member-app", protocolScopes: ["*", "offline_access"] } });
    await world.know("gina", { represents: ["ada"] });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  let ada: Keyboard;

  test("the first login asks for what needs consent, and says what that is, for whom and until when", async () => {
    ada = await logIn("Ada, a patient", "openid", ACTIVITY);
    await ada.heading(ASKS);
    assert.deepEqual(await ada.boxes(), [STEPS]);
    assert.equal(await ada.page.getByRole("checkbox", { checked: true }).count(), 0, "nothing is ticked beforehand");
    assert.equal(await ada.page.locator("html").getAttribute("lang"), "en");
    const question = ada.page.getByRole("group", { name: "May Member app have this of your data?" });
    const box = question.getByRole("checkbox", { name: STEPS, exact: true });
    const described = await ada.page.locator(`#${await box.getAttribute("aria-describedby")}`).textContent();
    assert.match(
      described ?? "",
      /What watches and phones have counted.*Read and search observation records.*view_own_activity/,
    );
    const year = new Date(Date.now() + 365 * 24 * 60 * MINUTE_MS).toISOString().slice(0, 10);
    const terms = (await question.textContent()) ?? "";
    for (const words of ["For Member app", "the patient's own use", `until ${year}`, "withdrawn at any time"])
      assert.ok(terms.includes(words), `${words}: ${terms}`);

    await ada.allow();
    await ada.page.getByRole("alert").waitFor();
    assert.deepEqual(await consentsOf("ada"), [], "nothing was ticked, so nothing was said");
    await ada.tick(STEPS);
    await ada.allow();
    assert.deepEqual(await ada.token(), ["openid", ACTIVITY]);
    await ada.get("Observation/ada-steps", /"id":"ada-steps"/);
    await ada.get("Observation/ada-pulse", /OperationOutcome/);
  });

  test("a later request with a second scope asks for the second only, and none that was agreed to", async () => {
    await ada.ask("openid", ACTIVITY, VITAL_SIGNS);
    await ada.heading(ASKS);
    assert.deepEqual(await ada.boxes(), [HEART]);
    await ada.tick(HEART);
    await ada.allow();
    assert.deepEqual(await ada.token(), ["openid", ACTIVITY, VITAL_SIGNS]);
    await ada.get("Observation/ada-pulse", /"id":"ada-pulse"/);
    const [consent, ...others] = await consentsOf("ada");
    assert.deepEqual([consent?.version, consent?.state, others.length], [2, "ACTIVE", 0], "one consent, said anew");
    assert.deepEqual([...(consent?.terms.scopes ?? [])].sort(), [ACTIVITY, VITAL_SIGNS]);

    await ada.ask("openid", ACTIVITY, VITAL_SIGNS);
    assert.deepEqual(await ada.token(), ["openid", ACTIVITY, VITAL_SIGNS], "no page in between");
  });

  test("Scopewarden remembers, not the browser: elsewhere nothing is asked either", async () => {
    const elsewhere = await logIn("Ada, a patient", "openid", ACTIVITY, VITAL_SIGNS);
    await elsewhere.heading(ASKS);
    assert.deepEqual(await elsewhere.boxes(), []);
    await elsewhere.says(/See heart rate/);
    await elsewhere.press("Go on");
    assert.deepEqual(await elsewhere.token(), ["openid", ACTIVITY, VITAL_SIGNS]);
  });

  test("a partial yes grants a part; what was refused is not asked again, and said to be refused", async () => {
    const ben = await logIn("Ben, a patient", "openid", ACTIVITY, VITAL_SIGNS);
    await ben.heading(ASKS);
    assert.deepEqual(await ben.boxes(), [STEPS, HEART]);
    await ben.tick(HEART);
    await ben.allow();
    assert.deepEqual(await ben.token(), ["openid", VITAL_SIGNS]);
    await ben.get("Observation/ben-pulse", /"id":"ben-pulse"/);

    await ben.ask("openid", ACTIVITY, VITAL_SIGNS);
    assert.deepEqual(await ben.token(), ["openid", VITAL_SIGNS], "no page in between");
    const elsewhere = await logIn("Ben, a patient", "openid", ACTIVITY, VITAL_SIGNS);
    await elsewhere.heading(ASKS);
    assert.deepEqual(await elsewhere.boxes(), []);
    await elsewhere.says(/view_own_activity: .*refuse/);
  });

  test("all can be refused, which is remembered; or nothing said, which is not", async () => {
    await world.change({ assignRole: { subjectId: "stan", role: "patient", organization: "*" } });
    const stan = await logIn("Stan, who works here and is no patient", "openid", ACTIVITY);
    await stan.heading(ASKS);
    await stan.press("Not now");
    await stan.says(/access_denied/);
    assert.deepEqual(await consentsOf("stan"), []);
    await stan.ask("openid", ACTIVITY);
    assert.deepEqual(await stan.boxes(), [STEPS]);
    await stan.press("Refuse all");
    await stan.says(/access_denied/);
    await stan.ask("openid", ACTIVITY);
    await stan.heading(ASKS);
    assert.deepEqual(await stan.boxes(), []);
    await stan.says(/view_own_activity: .*refuse/);
  });

  test("a withdrawal ends the next access and the next refresh, and it is asked anew", async () => {
    await ada.ask("openid", "offline_access", ACTIVITY, VITAL_SIGNS);
    await ada.heading(ASKS);
    assert.deepEqual(
      await ada.boxes(),
      ["Go on while you are away, until access is taken back"],
      "what needs no consent may be left out",
    );
    await ada.allow();
    assert.deepEqual(await ada.token(), ["offline_access", "openid", ACTIVITY, VITAL_SIGNS]);
    await ada.get("Observation/ada-steps", /"id":"ada-steps"/);
    // A second device, whose token response names the consent.
    const device = await world.login({ app: "member-app", person: "ada", scope: `openid offline_access ${ACTIVITY}` });

    const withdraw = 'mutation ($id: ID!) { withdrawConsent(id: $id, reason: "She changed her mind") { state } }';
    const { withdrawConsent } = await world.portal(withdraw, { id: device.grant_id });
    assert.equal(withdrawConsent.state, "WITHDRAWN");

    // The token is as it was, and worth nothing.
    await ada.get("Observation/ada-steps", /OperationOutcome.*withdr/s);
    await ada.page.goto(world.appUrl);
    await ada.press("Refresh it", "link");
    await ada.page.waitForURL(`${world.appUrl}/`);
    assert.deepEqual(await ada.token(), ["offline_access", "openid"]);
    const refresh = world.refresh("member-app", device.refresh_token ?? "", { scope: ACTIVITY });
    await assert.rejects(refresh, { error: "invalid_grant" });

    await ada.ask("openid", ACTIVITY);
    await ada.heading(ASKS);
    assert.deepEqual(await ada.boxes(), [STEPS]);
    await ada.tick(STEPS);
    await ada.allow();
    assert.deepEqual(await ada.token(), ["openid", ACTIVITY]);
    await ada.get("Observation/ada-steps", /"id":"ada-steps"/);
  });

  test("who represents a patient answers for the patient, for what he or she gives the app; a stranger can't", async () => {
    const gina = await logIn("Gina, who looks after Ada", "openid", ACTIVITY);
    await gina.heading(ASKS);
    const id = (await gina.page.locator("input[name=request]").getAttribute("value")) ?? "";
    await gina.page.getByRole("group", { name: "May Member app have this of Ada's data?" }).waitFor();
    await gina.tick(STEPS);
    await gina.allow();
    assert.deepEqual(await gina.token(), ["openid", ACTIVITY]);
    await gina.get("Observation/ada-steps", /"id":"ada-steps"/);
    const { consentRequest } = await world.portal(
      "query ($id: ID!) { consentRequest(id: $id) { state relation answeredBy { id } consent { terms { subjectId } } } }",
      { id },
    );
    assert.deepEqual(consentRequest, {
      state: "ANSWERED",
      relation: "REPRESENTS",
      answeredBy: { id: "gina" },
      consent: { terms: { subjectId: "gina" } },
    });

    const before = await consentsOf("ada");
    await gina.ask("openid", ACTIVITY, VITAL_SIGNS);
    await gina.heading(ASKS);
    // While the page is open she becomes a stranger.
    await world.know("gina", {});
    await gina.tick(HEART);
    await gina.allow();
    await gina.heading("This is not yours to answer");
    await gina.says(/Only Ada, or somebody who represents Ada/);
    await gina.press("Back to the app");
    await gina.says(/access_denied/);
    assert.deepEqual(await consentsOf("ada"), before);
  });

  test("a refusal of everyone is shown, and a yes is an exception from it for this app alone", async () => {
    const refusal = `mutation { recordConsent(input: { patient: "stan", effect: DENY, scopes: ["${VITAL_SIGNS}"],
      source: { kind: PORTAL }, reason: "My heart is mine" }) { id } }`;
    const { id } = (await world.portal(refusal)).recordConsent;
    const stan = await logIn("Stan, who works here and is no patient", "openid", VITAL_SIGNS);
    await stan.heading(ASKS);
    await stan.says(/refused to everyone before:.*My heart is mine.*an exception, for Member app alone/s);
    await stan.tick(HEART);
    await stan.allow();
    assert.deepEqual(await stan.token(), ["openid", VITAL_SIGNS]);
    const query =
      "query ($id: ID!) { consent(id: $id) { state terms { effect } exceptions { terms { effect clientId subjectId scopes } } } }";
    assert.deepEqual((await world.portal(query, { id })).consent, {
      state: "ACTIVE",
      terms: { effect: "DENY" },
      exceptions: [{ terms: { effect: "PERMIT", clientId: "member-app", subjectId: "stan", scopes: [VITAL_SIGNS] } }],
    });
  });

  test("a question that has waited too long is asked again", async () => {
    await ada.ask("openid", ACTIVITY, VITAL_SIGNS);
    await ada.heading(ASKS);
    const request = () => ada.page.locator("input[name=request]").getAttribute("value");
    const old = await request();
    ahead += 31 * MINUTE_MS;
    await ada.tick(HEART);
    await ada.allow();
    await ada.heading("Ask again");
    await ada.says(/waited too long/);
    await ada.press("Ask again what Member app may have");
    await ada.heading(ASKS);
    assert.notEqual(await request(), old);
    assert.deepEqual(await ada.boxes(), [HEART]);
    await ada.tick(HEART);
    await ada.allow();
    assert.deepEqual(await ada.token(), ["openid", ACTIVITY, VITAL_SIGNS]);
  });

  test("answered twice: in two tabs, and by the back button", async () => {
    const first = await logIn("Ben, a patient", "openid");
    await first.press("Go on");
    assert.deepEqual(await first.token(), ["openid"]);
    const [consent] = await consentsOf("ben");
    await world.portal('mutation ($id: ID!) { withdrawConsent(id: $id, reason: "test") { state } }', {
      id: consent?.id,
    });
    await first.ask("openid", VITAL_SIGNS);
    const second = await Keyboard.open(first.page);
    await second.ask("openid", VITAL_SIGNS);
    for (const tab of [first, second]) {
      await tab.heading(ASKS);
      await tab.tick(HEART);
    }
    await second.allow();
    assert.deepEqual(await second.token(), ["openid", VITAL_SIGNS]);
    const after = await consentsOf("ben");
    await first.allow();
    await first.heading("Ask again");
    await first.says(/answered already/);
    await first.press("Ask again what Member app may have");
    assert.deepEqual(await first.token(), ["openid", VITAL_SIGNS], "nothing is left to be asked");
    assert.deepEqual(await consentsOf("ben"), after);

    await second.page.goBack();
    await second.heading("Start again");
    assert.deepEqual(second.complaints, []);
  });
});
