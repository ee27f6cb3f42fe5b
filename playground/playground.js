// GraphiQL with a way to sign in, where there is one, and a field for a key. A key is kept for this tab only (sessionStorage), a token for
// this page only (memory), and either is sent to this service only, in the Authorization header of each request. What is typed into the
// editor is kept for this tab only, too.
(() => {
  const { React, ReactDOM, GraphiQL, handedQuestion, openAnswers, openExamples } = window;
  const KEY = "scopewarden.key";
  const TOLD = "scopewarden.told";
  const NO_KEY = "No key yet: without one, nothing is answered. The example Start says how to get one.";
  const NOBODY = "Nobody has signed in, and there is no key: without, nothing is answered.";
  const form = document.getElementById("key-form");
  const field = document.getElementById("key");
  const state = document.getElementById("key-state");
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  let generation = 0;
  let examples;
  let editor;
  // Of the question that was handed over; null: none was.
  let variables = null;
  // Whether a key has been accepted: from then on GraphiQL has the schema, which is the same for every caller.
  let opened = false;
  let answers = openAnswers(JSON.parse(sessionStorage.getItem(TOLD) ?? "{}"));
  // Null: nobody can sign in here.
  let account = null;
  // Whether it is the account that asks, and not the key. The key never takes its place by itself: it may be somebody else's.
  let byAccount = false;
  // Who signed in last, by the issuer's id.
  let person = null;

  const key = () => sessionStorage.getItem(KEY) ?? "";

  // All that GraphiQL keeps but its tabs: the text of the editor is an example's.
  const storage = {
    getItem: (name) => (name.endsWith("tabState") ? null : sessionStorage.getItem(name)),
    setItem: (name, value) => sessionStorage.setItem(name, value),
    removeItem: (name) => sessionStorage.removeItem(name),
    clear: () => sessionStorage.clear(),
    get length() {
      return sessionStorage.length;
    },
  };

  // GraphiQL learns a moment after the text what its operation is called, and would send the name of the one before.
  const isIn = (query, name) => new RegExp(`\\b(query|mutation|subscription)\\s+${name}\\b`).test(query);

  async function ask({ operationName, query, ...others }, headers = {}, callAs = account?.call) {
    const filled = answers.fill(query);
    if (filled.missing !== null) return { errors: [{ message: filled.missing }] };
    const rest = { query: filled.query, ...others };
    const params = operationName && isIn(rest.query, operationName) ? { ...rest, operationName } : rest;
    const send = (token) =>
      fetch("graphql", {
        method: "POST",
        headers: {
          accept: "application/json",
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
          "content-type": "application/json",
        },
        body: JSON.stringify(params),
      }).catch(() => {
        throw new Error("The service did not answer.");
      });
    let answer;
    try {
      answer = await (await (byAccount ? callAs(send) : send(key()))).json();
    } catch (error) {
      return { errors: [{ message: error.message }] };
    }
    answers.learn(answer.data);
    sessionStorage.setItem(TOLD, JSON.stringify(answers.known));
    for (const error of answer.errors ?? [])
      if (error.extensions?.code === "UNAUTHENTICATED")
        error.hint = `${account === null ? "" : 'Press "Sign in", or: '}Paste a key into the field at the top of the page and press "Use this key". The example Start says how to get one.`;
    return answer;
  }

  function tell(kind, text) {
    state.dataset.state = kind;
    state.textContent = text;
  }

  /** Shows who asks, and with which roles; whether they may. */
  async function checkCaller(callAs) {
    if (!byAccount && key() === "") {
      tell("none", account === null ? NO_KEY : NOBODY);
      return false;
    }
    const { data, errors } = await ask({ query: "{ me { name roles } }" }, {}, callAs);
    if (errors !== undefined) {
      tell("refused", errors[0].message);
      return false;
    }
    const who = `${data.me.name} (${data.me.roles.join(", ").toLowerCase()})`;
    if (byAccount) tell("accepted", `Signed in: ${who}.`);
    else tell("accepted", `Key accepted: ${who}. It is sent with each request from this tab.`);
    return true;
  }

  /** GraphiQL makes its editor in its own time. CodeMirror leaves itself in the element that it made. */
  function findEditor(before, since) {
    if (since !== generation) return;
    const found = document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror;
    if (found === undefined || found === before) {
      requestAnimationFrame(() => findEditor(before, since));
      return;
    }
    editor = found;
    editor.setOption("lineWrapping", true);
    showExample(); // Another may have been chosen meanwhile.
    editor.on("change", () => examples.changed(editor.getValue()));
  }

  function showExample() {
    if (editor !== undefined && editor.getValue() !== examples.text()) editor.setValue(examples.text());
  }

  function render() {
    // A new element until a key is accepted, so that the schema is read again.
    const element = React.createElement(GraphiQL, {
      key: generation,
      fetcher: (params, options) => ask(params, options?.headers),
      storage,
      query: examples.text(),
      disableTabs: true,
      defaultEditorToolsVisibility: variables === null ? false : "variables",
      ...(variables !== null && {
        variables,
        onEditVariables: (text) => {
          variables = text;
        },
      }),
      shouldPersistHeaders: false,
    });
    root.render(element);
    findEditor(editor, generation);
  }

  /** Another key after one that was accepted changes nothing of the page: the answer that is shown stays. */
  async function useCaller(callAs) {
    const accepted = await checkCaller(callAs);
    if (opened) return;
    opened = accepted;
    generation += 1;
    render();
  }

  /** What one person was shown is not another's to see. What was typed stays. */
  function forgetShown() {
    opened = false;
    sessionStorage.removeItem(TOLD);
    answers = openAnswers({});
  }

  const signInButton = document.getElementById("sign-in");
  const signOutButton = document.getElementById("sign-out");

  /** A sign-in has begun or ended, or there is another token, or none any more. */
  async function accountChanged(problem) {
    signInButton.textContent = account.isSigningIn ? "Cancel" : "Sign in";
    signInButton.hidden = account.person !== null && !account.isSigningIn;
    signOutButton.hidden = account.person === null;
    if (account.isSigningIn) return tell("none", "Sign in in the window that has opened.");
    if (problem !== undefined) return tell("refused", problem);
    if (account.person !== null) {
      if (person !== null && person !== account.person) forgetShown();
      person = account.person;
      byAccount = true;
    }
    // It asks for no other token: that would be told here again.
    await useCaller(account.sendOnce);
  }

  /** Leaves nothing in this page, this tab and, where it ends sessions, at the issuer. */
  async function signOut() {
    const end = await account.signOut();
    window.addEventListener("pagehide", () => sessionStorage.clear());
    root.unmount();
    location.assign(end ?? location.href);
  }

  /** Where people can sign in, the button for it. */
  async function openAccount() {
    const response = await fetch("console/config.json");
    const config = await response.json();
    if (config === null) return;
    document.getElementById("sign-in-form").hidden = false;
    if (response.status !== 200) {
      signInButton.disabled = true;
      signInButton.textContent = "No sign-in at the moment: load this page again";
      return;
    }
    const { openSignIn } = await import(new URL("console/playground-sign-in.js", document.baseURI).href);
    account = openSignIn(config, accountChanged);
    document.getElementById("sign-in-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (account.isSigningIn) account.cancel();
      else account.signIn().catch(() => undefined); // It is told by accountChanged.
    });
    signOutButton.addEventListener("click", signOut);
  }

  /** Where the console is, / leads to it. */
  async function linkConsole() {
    const { url } = await fetch("./");
    document.getElementById("to-console").hidden = !url.endsWith("/console/");
  }

  async function start() {
    const handed = await handedQuestion();
    variables = handed?.variables ?? null;
    const all = await (await fetch("playground/examples.json")).json();
    await openAccount();
    await linkConsole();
    examples = openExamples(handed === null ? all : [handed, ...all], showExample, handed);
    field.value = key();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, field.value.trim());
      byAccount = false;
      useCaller();
    });
    document.getElementById("forget").addEventListener("click", () => {
      sessionStorage.removeItem(KEY);
      field.value = "";
      opened = false; // What the key has shown goes with it.
      byAccount = account !== null && account.person !== null;
      useCaller();
    });
    // A page that a browser has kept whole, for its button Back, would show what was signed out of.
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted) location.reload();
    });
    await useCaller();
  }

  start();
})();
