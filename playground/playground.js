// GraphiQL with a field for the key. The key is kept for this tab only (sessionStorage) and is sent to this service
// only, in the Authorization header of each request. What is typed into the editor is kept for this tab only, too.
(() => {
  const { React, ReactDOM, GraphiQL, openExamples } = window;
  const KEY = "scopewarden.key";
  const NO_KEY = "No key yet: without one, nothing is answered. The example Start says how to get one.";
  const form = document.getElementById("key-form");
  const field = document.getElementById("key");
  const state = document.getElementById("key-state");
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  let generation = 0;
  let examples;
  let editor;

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

  async function ask({ operationName, ...rest }, headers = {}) {
    const params = operationName && isIn(rest.query, operationName) ? { ...rest, operationName } : rest;
    const authorization = key() === "" ? {} : { authorization: `Bearer ${key()}` };
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { accept: "application/json", ...authorization, ...headers, "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    const answer = await response.json();
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
      return;
    }
    try {
      const { data, errors } = await ask({ query: "{ me { name roles } }" });
      if (errors !== undefined) tell("refused", errors[0].message);
      else tell("accepted", `Key accepted: ${data.me.name} (${data.me.roles.join(", ").toLowerCase()}). It is sent with each request from this tab.`);
    } catch {
      tell("refused", "The service did not answer.");
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
    // A new element each time the key changes, so that the schema is read again as that caller.
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

  async function useKey() {
    await checkKey();
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
      useKey();
    });
    await useKey();
  }

  start();
})();
