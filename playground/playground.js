// GraphiQL with a field for the key. The key is kept for this tab only (sessionStorage) and is sent to this service
// only, in the Authorization header of each request. What is typed into the editor is kept for this tab only, too.
(() => {
  const { React, ReactDOM, GraphiQL } = window;
  const KEY = "scopewarden.key";
  const form = document.getElementById("key-form");
  const field = document.getElementById("key");
  const state = document.getElementById("key-state");
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  let generation = 0;

  const key = () => sessionStorage.getItem(KEY) ?? "";

  async function ask(params, headers = {}) {
    const authorization = key() === "" ? {} : { authorization: `Bearer ${key()}` };
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { accept: "application/json", ...authorization, ...headers, "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    return response.json();
  }

  function tell(kind, text) {
    state.dataset.state = kind;
    state.textContent = text;
  }

  async function checkKey() {
    if (key() === "") {
      tell("none", "No key yet: without one, nothing is answered.");
      return;
    }
    try {
      const { errors } = await ask({ query: "{ __typename }" });
      if (errors === undefined) tell("accepted", "Key accepted; it is sent with each request from this tab.");
      else tell("refused", errors[0].message);
    } catch {
      tell("refused", "The service did not answer.");
    }
  }

  function render(examples) {
    // A new element each time the key changes, so that the schema is read again as that caller.
    const element = React.createElement(GraphiQL, {
      key: generation,
      fetcher: (params, options) => ask(params, options?.headers),
      storage: sessionStorage,
      defaultTabs: examples.map(({ query }) => ({ query })),
      defaultEditorToolsVisibility: false,
      shouldPersistHeaders: false,
    });
    root.render(element);
  }

  async function start() {
    const examples = await (await fetch("/playground/examples.json")).json();
    field.value = key();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, field.value.trim());
      generation += 1;
      await checkKey();
      render(examples);
    });
    document.getElementById("forget").addEventListener("click", async () => {
      sessionStorage.removeItem(KEY);
      field.value = "";
      generation += 1;
      await checkKey();
      render(examples);
    });
    await checkKey();
    render(examples);
  }

  start();
})();
