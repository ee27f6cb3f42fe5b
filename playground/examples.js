// The list of examples. Each keeps what was changed in it, for this tab only (sessionStorage), until it is restored.
(() => {
  const CURRENT = "scopewarden.example";
  const EDITED = "scopewarden.edited";
  const list = document.getElementById("example");
  const restore = document.getElementById("restore");

  /** Fills the list, and shows the example that was handed over, if any. `show` is called when `text()` is another, because one was chosen or restored. */
  window.openExamples = (examples, show, handed) => {
    const edited = JSON.parse(sessionStorage.getItem(EDITED) ?? "{}");
    const byName = new Map(examples.map((example) => [example.name, example]));
    const current = () => byName.get(list.value);
    const text = () => edited[list.value] ?? current().query;

    function label(option) {
      const { name, title } = byName.get(option.value);
      option.textContent = name in edited ? `${title}, edited` : title;
    }

    function save() {
      sessionStorage.setItem(EDITED, JSON.stringify(edited));
      label(list.selectedOptions[0]);
      restore.disabled = !(list.value in edited);
    }

    for (const group of new Set(examples.map((example) => example.group))) {
      const element = document.createElement("optgroup");
      element.label = group;
      for (const example of examples.filter((one) => one.group === group)) {
        const option = document.createElement("option");
        option.value = example.name;
        label(option);
        element.append(option);
      }
      list.append(element);
    }
    const before = sessionStorage.getItem(CURRENT);
    list.value = handed?.name ?? (byName.has(before) ? before : examples[0].name);
    save();

    list.addEventListener("change", () => {
      sessionStorage.setItem(CURRENT, list.value);
      save();
      show();
    });
    restore.addEventListener("click", () => {
      delete edited[list.value];
      save();
      show();
    });
    return {
      text,
      /** Told of every change in the editor. */
      changed(value) {
        if (value === current().query) delete edited[list.value];
        else edited[list.value] = value;
        save();
      },
    };
  };
})();
