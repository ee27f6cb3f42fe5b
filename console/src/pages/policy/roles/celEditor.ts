// CodeMirror in a shadow root: its styles are sheets that script adopts there, which the page's policy permits, as no style element is made.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { Decoration, EditorView, keymap, MatchDecorator, ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** What is wrong, and where: lines and columns from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const TOKENS =
  /("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|\b(has|in|true|false|null|size|all|exists|exists_one|map|filter)\b|\b(subject|client|resource|context|action|scope|purposeOfUse|now)\b/g;
const marks = {
  text: Decoration.mark({ class: "text" }),
  word: Decoration.mark({ class: "word" }),
  name: Decoration.mark({ class: "name" }),
};
const matcher = new MatchDecorator({
  regexp: TOKENS,
  decoration: ([, text, word]) => (text !== undefined ? marks.text : word !== undefined ? marks.word : marks.name),
});
const colours = ViewPlugin.define(
  (view) => ({
    decorations: matcher.createDeco(view),
    update(update: ViewUpdate) {
      this.decorations = matcher.updateDeco(update, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

/** What is typed goes in by the editor: a browser that replaces coloured text would make style attributes, which the page's policy refuses. */
const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.data === null || view.composing) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

const theme = EditorView.theme({
  "&": {
    border: "1px solid var(--line-strong)",
    borderRadius: "7px",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    overflow: "hidden",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "12.5px", lineHeight: "1.5" },
  ".cm-content": { minHeight: "4.5em", caretColor: "var(--text)", padding: "6px 0" },
  ".cm-gutters": { backgroundColor: "transparent", border: "0" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft) !important", outline: "1px solid var(--accent)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line-strong)" },
  ".text": { color: "var(--wait)" },
  ".word": { color: "var(--accent)", fontWeight: "600" },
  ".name": { color: "var(--allow)" },
});

export interface CelEditor {
  readonly setText: (text: string) => void;
  readonly setProblems: (problems: readonly Place[]) => void;
  readonly close: () => void;
}

/** Opens an editor in `host`. Tab leaves it, as in any field. */
export function openCelEditor(
  host: HTMLElement,
  {
    text,
    label,
    onChange,
  }: { readonly text: string; readonly label: string; readonly onChange: (text: string) => void },
): CelEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        bracketMatching(),
        lintGutter(),
        colours,
        typing,
        theme,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
        keymap.of([...defaultKeymap, ...historyKeymap]),
      ],
    }),
  });
  return {
    setText: (next) => {
      if (next !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    setProblems: (problems) => {
      const { doc } = view.state;
      const diagnostics: Diagnostic[] = problems.map(({ line, column, message }) => {
        const of = doc.line(Math.min(Math.max(line, 1), doc.lines));
        const from = Math.min(of.from + Math.max(column, 1) - 1, of.to);
        const word = /^\w+/.exec(doc.sliceString(from, of.to))?.[0].length ?? 1;
        return { from, to: Math.min(from + word, doc.length), severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    close: () => view.destroy(),
  };
}
