// A question that the console hands over: by a channel, as what it names may be a patient, who is not to stand in an address.
(() => {
  const [, id] = /^#ask=([\w-]+)$/.exec(location.hash) ?? [];
  if (id !== undefined) history.replaceState(null, "", location.pathname);

  const textOf = (variables) => (typeof variables === "string" ? variables : JSON.stringify(variables ?? {}, null, 2));

  /** What the page that opened this one asked, as an example with its variables; null: none, or that page is gone. */
  window.handedQuestion = () =>
    new Promise((resolve) => {
      if (id === undefined) return resolve(null);
      const channel = new BroadcastChannel(`scopewarden.ask.${id}`);
      const end = (handed) => {
        clearTimeout(waiting);
        channel.close();
        resolve(handed);
      };
      const waiting = setTimeout(() => end(null), 2000);
      channel.addEventListener("message", ({ data }) => {
        if (typeof data?.query !== "string") return;
        // A name of its own, so that what was changed in another one is not shown in its place.
        end({ name: `asked-${id}`, group: "From the console", title: "What the page asked", query: data.query, variables: textOf(data.variables) });
      });
      channel.postMessage("ready");
    });
})();
