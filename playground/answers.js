// What examples take from the answers before: `<alert.id>` stands for the id of an alert that was shown. It is kept for this
// tab only (sessionStorage).
(() => {
  const PLACE = /<([a-z]+\.[a-z]+)>/g;
  /** Ids and digests: nothing that could end the text it is put into. */
  const VALUE = /^[\w.:/+=~-]{1,256}$/;

  const decision = ({ id, outcome }) => ({ "decision.id": id, ...(outcome === "ALLOW" ? { "access.id": id } : {}) });
  const nodes = (list) => (list?.edges ?? []).map(({ node }) => node);
  const first = (list) => nodes(list)[0];
  const alert = (list) => ({ "alert.id": first(list)?.id });
  const proposal = ({ digest, id }) => ({ "proposal.id": id, "proposal.digest": digest });

  /** By the name that a field has in an answer: what is learnt from it. Of several fields the first that says it counts. */
  const TOLD = {
    authorize: decision,
    decide: decision,
    decisions: (list) => decision(first(list) ?? {}),
    replay: ({ samples }) => decision(samples?.[0]?.decision ?? {}),
    high: alert,
    all: alert,
    alerts: alert,
    alert: ({ decisions }) => decision(nodes(decisions).find(({ outcome }) => outcome === "ALLOW") ?? {}),
    proposePolicy: proposal,
    refreshProposal: proposal,
  };

  /** Which example tells it. */
  const FROM = {
    "decision.id": "Decisions",
    "access.id": "Alert decisions",
    "alert.id": "Open alerts",
    "proposal.id": "Propose",
    "proposal.digest": "Propose",
  };

  /** `known`: what was told before, by place. */
  window.openAnswers = (known) => ({
    known,
    /** Notes what an answer tells. */
    learn(data) {
      const told = Object.entries(data ?? {})
        .reverse()
        .flatMap(([name, of]) => (of === null || !Object.hasOwn(TOLD, name) ? [] : Object.entries(TOLD[name](of))));
      for (const [place, value] of told) if (VALUE.test(value ?? "")) known[place] = value;
    },
    /** The text with what is known in its places; `missing` is a sentence about those that nothing is known for. */
    fill(text) {
      const open = [...text.matchAll(PLACE)].map(([, place]) => place).filter((place) => place in FROM && !(place in known));
      const missing = [...new Set(open)].map(
        (place) => `Run the example "${FROM[place]}" first: <${place}> is taken from its answer. Or put a value in its place.`,
      );
      return {
        query: text.replace(PLACE, (all, place) => (place in FROM ? (known[place] ?? all) : all)),
        missing: missing[0] ?? null,
      };
    },
  });
})();
