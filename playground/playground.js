// GraphiQL with a field for the key. The key is kept for this tab only (sessionStorage) and is sent to this service
// only, in the Authorization header of each request. What is typed into the editor is kept for this tab only, too.
(() => {
  const { React, ReactDOM, GraphiQL, openAnswers, openExamples } = window;
  const KEY = "scopewarden.key";
  const TOLD = "scopewarden.told";
  const NO_KEY = "No key yet: without one, nothing is answered. The example Start says how to get one.";
  const form = document.getElementById("key-form");
  const field = document.getElementById("key");
  const state = document.getElementById("key-state");
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  let generation = 0;
  let examples;
  let editor;
  // Whether a key has been accepted: from then on GraphiQL has the schema, which is the same for every caller.
  let opened = false;
  const answers = openAnswers(JSON.parse(sessionStorage.getItem(TOLD) ?? "{}"));

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

  async function ask({ operationName, query, ...others }, headers = {}) {
    const filled = answers.fill(query);
    if (filled.missing !== null) return { errors: [{ message: filled.missing }] };
    const rest = { query: filled.query, ...others };
    const params = operationName && isIn(rest.query, operationName) ? { ...rest, operationName } : rest;
    const authorization = key() === "" ? {} : { authorization: `Bearer ${key()}` };
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { accept: "application/json", ...authorization, ...headers, "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    const answer = await response.json();
    answers.learn(answer.data);
    sessionStorage.setItem(TOLD, JSON.stringify(answers.known));
    for (const error of answer.errors ?? [])
      if (error.extensions?.code === "UNAUTHENTICATED")
        error.hint =
          'Paste a key into the field at the top of the page and press "Use this key". The example Start says how to get one.';
    return answer;
  }

  function tell(kind, text) {
    state.dataset.state = kind;
    state.textContent = text;
  }

  async function checkKey() {
    if (key() === "") {
      tell("none", NO_KEY);
      return false;
    }
    try {
      const { data, errors } = await ask({ query: "{ me { name roles } }" });
      if (errors !== undefined) tell("refused", errors[0].message);
      else tell("accepted", `Key accepted: ${data.me.name} (${data.me.roles.join(", ").toLowerCase()}). It is sent with each request from this tab.`);
      return errors === undefined;
    } catch {
      tell("refused", "The service did not answer.");
      return false;
    }
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
      defaultEditorToolsVisibility: false,
      shouldPersistHeaders: false,
    });
    root.render(element);
    findEditor(editor, generation);
  }

  /** Another key after one that was accepted changes nothing of the page: the answer that is shown stays. */
  async function useKey() {
    const accepted = await checkKey();
    if (opened) return;
    opened = accepted;
    generation += 1;
    render();
  }

  async function start() {
    const all = await (await fetch("/playground/examples.json")).json();
    examples = openExamples(all, showExample);
    field.value = key();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, field.value.trim());
      useKey();
    });
    document.getElementById("forget").addEventListener("click", () => {
      sessionStorage.removeItem(KEY);
      field.value = "";
      opened = false; // What the key has shown goes with it.
      useKey();
    });
    await useKey();
  }

  start();
})();
