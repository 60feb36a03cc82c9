// As much of `vscode` as the extension uses, which remembers what was done with it. For tests.
// @ts-check
import Module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Loads the built extension with this editor. @param {Record<string, unknown>} settings */
export function editor(settings = {}) {
  const seen = {
    /** @type {any[]} */ items: [],
    /** @type {Record<string, () => unknown>} */ commands: {},
    /** @type {string[]} */ errors: [],
    /** @type {any[]} */ picks: [],
    /** @type {any[]} */ terminals: [],
    /** @type {(change: object) => void} */ configure: () => {},
    /** @type {string[]} */ messages: [],
  };
  const vscode = {
    StatusBarAlignment: { Left: 1, Right: 2 },
    QuickPickItemKind: { Separator: -1, Default: 0 },
    MarkdownString: class {
      isTrusted = /** @type {unknown} */ (undefined);
      /** @param {string} value */
      constructor(value) {
        this.value = value;
      }
    },
    ThemeColor: class {
      /** @param {string} id */
      constructor(id) {
        this.id = id;
      }
    },
    window: {
      activeTextEditor: undefined,
      createStatusBarItem: (/** @type {string} */ id, /** @type {number} */ alignment, /** @type {number} */ priority) => {
        const item = { id, alignment, priority, isShown: false, isGone: false, show: () => (item.isShown = true), dispose: () => (item.isGone = true) };
        seen.items.push(item);
        return item;
      },
      showQuickPick: async (/** @type {any[]} */ lines) => (seen.picks.push(lines), lines.find(({ command }) => command === "cco.monitor")),
      showErrorMessage: async (/** @type {string} */ message) => void seen.errors.push(message),
      setStatusBarMessage: (/** @type {string} */ message) => seen.messages.push(message),
      createTerminal: (/** @type {object} */ how) => (seen.terminals.push(how), { show: () => {} }),
    },
    workspace: {
      workspaceFolders: [{ uri: { scheme: "file", fsPath: "/home/me/größe" } }],
      getWorkspaceFolder: () => undefined,
      getConfiguration: () => ({ get: (/** @type {string} */ name, /** @type {unknown} */ otherwise) => settings[name] ?? otherwise }),
      onDidChangeConfiguration: (/** @type {(change: object) => void} */ told) => ((seen.configure = told), { dispose: () => {} }),
    },
    commands: {
      registerCommand: (/** @type {string} */ name, /** @type {() => unknown} */ run) => ((seen.commands[name] = run), { dispose: () => {} }),
      executeCommand: async (/** @type {string} */ name) => seen.commands[name]?.(),
    },
  };
  const require = createRequire(import.meta.url);
  const load = /** @type {any} */ (Module)._load;
  /** @type {any} */ (Module)._load = (/** @type {string} */ request, /** @type {unknown[]} */ ...rest) => (request === "vscode" ? vscode : load(request, ...rest));
  const path = fileURLToPath(new URL("../dist/extension.cjs", import.meta.url));
  delete require.cache[path];
  const extension = require(path);
  /** @type {any} */ (Module)._load = load;
  /** @type {{ dispose: () => void }[]} */
  const subscriptions = [];
  return {
    ...seen,
    seen,
    activate: () => extension.activate({ subscriptions }),
    close: () => subscriptions.forEach((subscription) => subscription.dispose()),
  };
}
